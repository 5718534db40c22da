/* Secrets from outside on POSIX: asked on the terminal, or left in the environment by whoever started us. */
#include "os/os_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C 3

/* A line without its end. False when it is longer than out, or there is none. */
static bool read_line(int fd, char *out, size_t room, size_t *n)
{
  size_t at = 0;
  bool fits = true;
  for (;;) {
    char c;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == CTRL_C) return false;
    if (c == '\n') break;
    if (at < room)
      out[at++] = c;
    else
      fits = false;
  }
  *n = at;
  return fits;
}

hk_err os_ask_secret(hk_str prompt, char *out, size_t room, size_t *n)
{
  struct termios before, quiet;
  const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || tcgetattr(fd, &before) != 0) {
    if (fd >= 0) (void)close(fd);
    return hk_fail(HK_ABSENT, "ask: there is no terminal", HK_NO_OFFSET);
  }
  quiet = before;
  quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* Ctrl+C is read here: it must not leave the terminal mute */
  quiet.c_lflag |= ICANON | ECHONL;
  (void)tcsetattr(fd, TCSAFLUSH, &quiet);
  (void)!write(fd, prompt.p, prompt.n);
  const bool good = read_line(fd, out, room, n);
  (void)tcsetattr(fd, TCSAFLUSH, &before);
  (void)close(fd);
  return good ? hk_ok() : hk_fail(HK_USAGE, "ask: no answer, or too long a one", HK_NO_OFFSET);
}

bool os_environment_secret(const char *name, char *out, size_t room, size_t *n)
{
  const char *const v = getenv(name);
  const size_t size = v == NULL ? 0 : strlen(v);
  if (v == NULL || size == 0 || size > room) return false;
  memcpy(out, v, size);
  *n = size;
  return true;
}
