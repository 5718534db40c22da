/* Splitting the program off a command line; see command.h. CreateProcess (MSDN, lpCommandLine) tries `C:\a.exe`,
   `C:\a b.exe` … in turn for an unquoted name with spaces. What exists on the disk is not known here, so the first
   ending that runs is taken, and without any, everything up to the first space. */
#include "lib/command.h"

static const char *const endings[] = {".exe", ".com", ".bat", ".cmd", ".scr", ".sys", ".dll", ".pif", ".tmp", ".vbs",
                                      ".vbe", ".js",  ".jse", ".wsf", ".hta", ".msi", ".ps1", ".lnk", ".cpl", ".jar"};

static const struct {
  const char *from, *to;
} places[] = {
  {"\\SystemRoot\\", "C:\\Windows\\"},
  {"%SystemRoot%\\", "C:\\Windows\\"},
  {"%windir%\\", "C:\\Windows\\"},
  {"%SystemDrive%\\", "C:\\"},
  {"%ProgramFiles%\\", "C:\\Program Files\\"},
  {"%ProgramFiles(x86)%\\", "C:\\Program Files (x86)\\"},
  {"%ProgramData%\\", "C:\\ProgramData\\"},
  {"%COMSPEC%", "C:\\Windows\\System32\\cmd.exe"},
  {"System32\\", "C:\\Windows\\System32\\"},
  {"SysWOW64\\", "C:\\Windows\\SysWOW64\\"},
};

static bool ends_here(hk_str s, size_t at)
{
  if (at >= s.n) return true;
  const char c = s.p[at];
  return c == ' ' || c == '\t' || c == ',' || c == '"' || c == '/' || c == '\0';
}

/* Length of the program in an unquoted command. */
static size_t unquoted(hk_str s)
{
  /* "%COMSPEC% /c …": a variable that is a program by itself. */
  if (s.n > 2 && s.p[0] == '%') {
    const size_t end = hk_str_find(hk_str_sub(s, 1, s.n), '%') + 2;
    if (end <= s.n && ends_here(s, end)) return end;
  }
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] != '.') continue;
    for (size_t k = 0; k < sizeof endings / sizeof endings[0]; k++) {
      const hk_str ending = hk_str_of(endings[k]);
      if (s.n - i >= ending.n && hk_str_ieq(hk_str_sub(s, i, i + ending.n), ending) && ends_here(s, i + ending.n))
        return i + ending.n;
    }
  }
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\0') return i;
  return s.n;
}

hk_str hk_command_program(struct hk_arena *a, hk_str command)
{
  hk_str s = command;
  while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) s = hk_str_sub(s, 1, s.n);
  if (s.n > 0 && s.p[0] == '"') {
    s = hk_str_sub(s, 1, s.n);
    s = hk_str_sub(s, 0, hk_str_find(s, '"'));
  } else {
    s = hk_str_sub(s, 0, unquoted(s));
  }
  if (hk_str_starts(s, HK_S("\\??\\"))) s = hk_str_sub(s, 4, s.n);
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    const hk_str from = hk_str_of(places[i].from);
    if (s.n < from.n || !hk_str_ieq(hk_str_sub(s, 0, from.n), from)) continue;
    const hk_str rest = hk_str_sub(s, from.n, s.n);
    return hk_str_printf(a, "%s%.*s", places[i].to, (int)rest.n, rest.p);
  }
  return s;
}
