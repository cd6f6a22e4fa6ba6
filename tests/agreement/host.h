/* SPDX-License-Identifier: MIT */
/* host.h: what a program calls, whether it is the host itself or its library is. */
#ifndef AGREEMENT_HOST_H
#define AGREEMENT_HOST_H

/* The arguments of main: CHECKED OPENED POLICY BESIDE PLUGIN… Writes into the two files what is found by checking and
 * what by opening each plugin, with BESIDE open already, if it is not empty. Returns the exit status. */
#ifdef __cplusplus
extern "C"
#endif
    __attribute__((visibility("default"))) int
    judge_plugins(int argc, char **argv);

#endif
