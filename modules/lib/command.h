/* The program a command line starts: what Run values, services and scheduled tasks are configured with. */
#ifndef HK_LIB_COMMAND_H
#define HK_LIB_COMMAND_H

#include "base/str.h"

/* The path of the program in a command line, without quotes and arguments. `"C:\a b\x.exe" /q` and `C:\a b\x.exe /q` both
   give `C:\a b\x.exe`. \SystemRoot\, %SystemRoot%, %windir%, %SystemDrive%, %ProgramFiles%, %ProgramFiles(x86)%,
   %ProgramData% and a leading `System32\` are written out for a system on C:\Windows: keep the raw text beside it.
   Empty when there is none. */
hk_str hk_command_program(struct hk_arena *a, hk_str command);

#endif
