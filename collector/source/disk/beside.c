/* Windows takes some names for devices, whatever follows the first dot, and cuts dots and blanks off at the end (Microsoft, "Naming Files,
   Paths, and Namespaces"). Such names are refused everywhere, so that an image means the same on every PC. */
#include "source/disk/beside.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/reparse.h"

enum { NAME_BYTES_MOST = 255 };

/* 0 to 9, and the superscripts 1, 2, 3 that Windows takes for them. */
static bool is_port_number(hk_str s)
{
  if (s.n == 1) return s.p[0] >= '0' && s.p[0] <= '9';
  return hk_str_eq(s, HK_S("\xC2\xB9")) || hk_str_eq(s, HK_S("\xC2\xB2")) || hk_str_eq(s, HK_S("\xC2\xB3"));
}

static bool is_device(hk_str name)
{
  static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"};
  hk_str stem = hk_str_sub(name, 0, hk_str_find(name, '.'));
  while (stem.n > 0 && stem.p[stem.n - 1] == ' ') stem.n--;
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
    if (hk_str_ieq(stem, hk_str_of(devices[i]))) return true;
  const hk_str kind = hk_str_sub(stem, 0, 3);
  return (hk_str_ieq(kind, HK_S("COM")) || hk_str_ieq(kind, HK_S("LPT"))) && is_port_number(hk_str_sub(stem, 3, stem.n));
}

bool hk_disk_name_is_plain(hk_str name)
{
  if (name.n == 0 || name.n > NAME_BYTES_MOST || !hk_str_valid(name)) return false;
  for (size_t i = 0; i < name.n; i++)
    if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F || strchr("/\\:*?\"<>|", name.p[i]) != NULL) return false;
  const char last = name.p[name.n - 1];
  return last != '.' && last != ' ' && !is_device(name);
}

/* How much of the path is its folder; '/' separates on Windows, too, and "C:x" lies in a folder of its own. */
static size_t folder_bytes(hk_str path)
{
  size_t n = path.n;
  while (n > 0 && path.p[n - 1] != '/' && path.p[n - 1] != os_separator && (os_separator == '/' || path.p[n - 1] != ':')) n--;
  return n;
}

static hk_err open_plain(hk_str path, struct hk_bytes **out)
{
  struct os_info info;
  hk_err e = os_stat(path, &info);
  if (e.code == HK_OK && (info.kind != OS_FILE || os_tag_is_surrogate(info.reparse_tag)))
    return hk_fail(HK_REFUSED, "open what the image names: it is no plain file", HK_NO_OFFSET);
  if (e.code == HK_OK) e = hk_disk_file_open(path, out);
  if (e.code != HK_ABSENT) return e;
  e = hk_fail(HK_TRUNCATED, "open the image: a file that belongs to it is not beside it", HK_NO_OFFSET);
  return e;
}

/* The first n bytes of the path and the name behind them. */
static hk_err open_in(hk_str path, size_t n, hk_str name, struct hk_bytes **out)
{
  char *const whole = malloc(n + name.n + 1);
  if (whole == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  if (n > 0) memcpy(whole, path.p, n);
  memcpy(whole + n, name.p, name.n);
  whole[n + name.n] = 0;
  const hk_err e = open_plain((hk_str){.p = whole, .n = n + name.n}, out);
  free(whole);
  return e;
}

static hk_err refuse_name(void)
{
  return hk_fail(HK_REFUSED, "open the image: a name in it is not the plain name (UTF-8) of a file in its own folder, and is never opened", HK_NO_OFFSET);
}

static hk_err refuse_nameless(void)
{
  return hk_fail(HK_UNSUPPORTED, "open the image: it has parts in other files, and it is no file itself", HK_NO_OFFSET);
}

hk_err hk_disk_open_beside(hk_str path, hk_str name, struct hk_bytes **out)
{
  if (!hk_disk_name_is_plain(name)) return refuse_name();
  return path.n == 0 ? refuse_nameless() : open_in(path, folder_bytes(path), name, out);
}

hk_err hk_disk_open_called_after(hk_str path, hk_str ending, struct hk_bytes **out)
{
  if (!hk_disk_name_is_plain(ending)) return refuse_name();
  const size_t folder = folder_bytes(path);
  const size_t stem = hk_str_rfind(hk_str_sub(path, folder, path.n), '.');
  return path.n == 0 ? refuse_nameless() : open_in(path, folder + stem, ending, out);
}
