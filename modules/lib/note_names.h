/* File names that ransom notes have: for the module that reads notes and those that read the file table. */
#ifndef HK_MODULES_LIB_NOTE_NAMES_H
#define HK_MODULES_LIB_NOTE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct note_name {
  const char *pattern; /* glob over the file name */
  bool telling;        /* hardly any other file is called so; else the name alone means nothing ("readme") */
};

extern const struct note_name note_names[];
extern const size_t note_names_count;

/* The most telling pattern that the path's last component matches, NULL when none does. */
const struct note_name *note_name_of(hk_str path);

#endif
