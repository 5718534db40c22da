/*
 * What gcc's stack protector needs, in place of libssp: that one asks a registered cryptography provider for its random
 * value, which loads a DLL that the registry names, before main() and in the confined child too. RtlGenRandom (exported as
 * SystemFunction036, Windows XP and later) loads none. A smashed stack ends the process at once, as a crash.
 */
#include <stdint.h>
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);
extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __attribute__((noreturn));

uintptr_t __stack_chk_guard = 0;

/* 101: the first that programs may have; nothing protected runs before it. */
__attribute__((constructor(101))) static void choose_guard(void)
{
  uintptr_t guard = 0;
  if (!SystemFunction036(&guard, sizeof guard)) guard = (uintptr_t)GetTickCount() * 0x9e3779b97f4a7c15u;
  /* A zero byte lowest: string functions cannot write past it with the right value. */
  __stack_chk_guard = guard & ~(uintptr_t)0xff;
}

void __stack_chk_fail(void)
{
  __builtin_trap();
}
