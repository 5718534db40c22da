/* Collected from public write-ups of families since 2013; a name costs one line. What is collected by name is the
   shorter list of globs in ransomnote.c; a test holds that every file with a telling name of one of those endings is
   among it. */
#include "lib/note_names.h"

const struct note_name note_names[] = {
    {.pattern = "HELP_DECRYPT*", .telling = true},
    {.pattern = "HELP_*RECOVER*", .telling = true},
    {.pattern = "HELP_TO_*", .telling = true},
    {.pattern = "HELP_YOUR_FILES*", .telling = true},
    {.pattern = "DECRYPT_INSTRUCTION*", .telling = true},
    {.pattern = "*DECRYPT*INSTRUCTION*", .telling = true},
    {.pattern = "*INSTRUCTION*DECRYPT*", .telling = true},
    {.pattern = "*HOW*TO*DECRYPT*", .telling = true},
    {.pattern = "*HOW*DECRYPT*FILES*", .telling = true},
    {.pattern = "*HOW*TO*RECOVER*", .telling = true},
    {.pattern = "*HOW*TO*RESTORE*", .telling = true},
    {.pattern = "*HOW*TO*BACK*FILES*", .telling = true},
    {.pattern = "*HOW*TO*UNLOCK*", .telling = true},
    {.pattern = "*RESTORE*FILES*", .telling = true},
    {.pattern = "*RECOVER*FILES*", .telling = true},
    {.pattern = "*RECOVER*DATA*", .telling = true},
    {.pattern = "*RECOVERY*INSTRUCTIONS*", .telling = true},
    {.pattern = "*RECOVER*INSTRUCTIONS*", .telling = true},
    {.pattern = "*UNLOCK*FILES*", .telling = true},
    {.pattern = "*UNLOCK*MY*FILES*", .telling = true},
    {.pattern = "README_FOR_UNLOCK*", .telling = true},
    {.pattern = "*FILES*ENCRYPTED*", .telling = true},
    {.pattern = "*ENCRYPTED*FILES*", .telling = true},
    {.pattern = "*YOUR*FILES*", .telling = true},
    {.pattern = "*-DECRYPT.*", .telling = true},
    {.pattern = "*_DECRYPT.*", .telling = true},
    {.pattern = "*DECRYPT*ME*", .telling = true},
    {.pattern = "*DECRYPT*FILES*", .telling = true},
    {.pattern = "*DECRYPT*.hta", .telling = true},
    {.pattern = "*DECRYPT*.url", .telling = true},
    {.pattern = "_readme.txt", .telling = true},
    {.pattern = "!!!*README*!!!*", .telling = true},
    {.pattern = "*!!!READ*ME*", .telling = true},
    {.pattern = "*README*WARNING*", .telling = true},
    {.pattern = "*RANSOM*", .telling = true},
    {.pattern = "RECOVERY_*", .telling = true},
    {.pattern = "*-README.txt", .telling = false},
    {.pattern = "*DECRYPT*.txt", .telling = false},
    {.pattern = "*DECRYPT*.html", .telling = false},
    {.pattern = "*DECRYPT*.htm", .telling = false},
    {.pattern = "*README*.txt", .telling = false},
    {.pattern = "*README*.hta", .telling = true},
    {.pattern = "*README*.html", .telling = false},
    {.pattern = "*READ_ME*", .telling = false},
    {.pattern = "*READ*ME*.txt", .telling = false},
    {.pattern = "*RESTORE*.txt", .telling = false},
    {.pattern = "*RECOVER*.txt", .telling = false},
    {.pattern = "*RESTORE*.html", .telling = false},
    {.pattern = "*RECOVER*.html", .telling = false},
    {.pattern = "*UNLOCK*.txt", .telling = false},
    {.pattern = "*HOW_TO*.txt", .telling = false},
    {.pattern = "*INSTRUCTION*.txt", .telling = false},
};
const size_t note_names_count = sizeof note_names / sizeof note_names[0];

/* Every pattern has one of these in it: a volume has a million names, and half a hundred patterns are slow. */
static const char *const words[] = {"decrypt", "recover", "restore", "unlock", "encrypted", "files", "read", "ransom", "instruction", "how", "help"};

static bool holds_a_word(hk_str name)
{
  for (size_t i = 0; i < name.n; i++) {
    const char first = (char)(name.p[i] | 0x20);
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
      const hk_str word = hk_str_of(words[k]);
      if (first == word.p[0] && hk_str_ieq(hk_str_sub(name, i, i + word.n), word)) return true;
    }
  }
  return false;
}

const struct note_name *note_name_of(hk_str path)
{
  const size_t back = hk_str_rfind(path, '\\');
  const size_t slash = hk_str_rfind(path, '/');
  size_t from = back == path.n ? 0 : back + 1;
  if (slash != path.n && slash + 1 > from) from = slash + 1;
  const hk_str name = hk_str_sub(path, from, path.n);
  if (!holds_a_word(name)) return NULL;
  const struct note_name *found = NULL;
  for (size_t i = 0; i < note_names_count; i++) {
    if (!hk_glob_match(hk_str_of(note_names[i].pattern), name)) continue;
    if (note_names[i].telling) return &note_names[i];
    if (found == NULL) found = &note_names[i];
  }
  return found;
}
