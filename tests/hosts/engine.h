/* SPDX-License-Identifier: MIT */
/* engine.h: what programs see of the engine. */
#ifndef ENGINE_H
#define ENGINE_H

/* Opens the plugin for the engine, and prints what came of it. */
__attribute__((visibility("default"))) void engine_try(const char *path);

#endif
