/* SPDX-License-Identifier: MIT */
/* A program that is linked with host.c, or with a library made of it. */
#include "host.h"

int main(int argc, char **argv)
{
    return judge_plugins(argc, argv);
}
