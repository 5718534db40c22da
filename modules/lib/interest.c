/* Data first: extensions by what they are, folders by who can write there. */
#include "lib/interest.h"

#include <string.h>

#include "lib/note_names.h"

#define SHORT_NAME 256

/* Places as bits of the rows below. */
enum { UNKNOWN = 1, PROFILE = 2, CACHE = 4, DROP = 8 };

static const struct {
  const char *extension;
  const char *why;
  unsigned places; /* where it is worth a record */
} sorts[] = {
    {"exe", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"scr", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"com", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"pif", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"cpl", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"msi", "program", UNKNOWN | PROFILE | CACHE | DROP},
    {"jar", "program", PROFILE | CACHE | DROP},
    {"dll", "program", PROFILE | CACHE | DROP},
    {"ocx", "program", PROFILE | CACHE | DROP},
    {"sys", "program", PROFILE | CACHE | DROP},
    {"js", "script", DROP},
    {"jse", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"vbs", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"vbe", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"wsf", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"wsh", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"hta", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"ps1", "script", PROFILE | CACHE | DROP},
    {"psm1", "script", DROP},
    {"bat", "script", UNKNOWN | PROFILE | CACHE | DROP},
    {"cmd", "script", PROFILE | CACHE | DROP},
    {"iso", "container", UNKNOWN | PROFILE | CACHE | DROP},
    {"img", "container", PROFILE | CACHE | DROP},
    {"vhd", "container", PROFILE | CACHE | DROP},
    {"vhdx", "container", PROFILE | CACHE | DROP},
    {"one", "container", CACHE | DROP},
    {"chm", "container", CACHE | DROP},
    {"lnk", "link", DROP},
    {"url", "link", DROP},
    {"tmp", "temporary", CACHE | DROP},
};

/* Parts of the folded folder with a separator at both ends; the first that fits counts. */
static const struct {
  const char *part;
  bool at_start; /* of the path behind the drive letter */
  enum interest_place place;
} folders[] = {
    {"\\windows\\temp\\", true, INTEREST_DROP},
    {"\\windows\\", true, INTEREST_SYSTEM},
    {"\\program files\\", true, INTEREST_SYSTEM},
    {"\\program files (x86)\\", true, INTEREST_SYSTEM},
    {"\\inetcache\\", false, INTEREST_CACHE},
    {"\\temporary internet files\\", false, INTEREST_CACHE},
    {"\\cache_data\\", false, INTEREST_CACHE},
    {"\\cache2\\entries\\", false, INTEREST_CACHE},
    {"\\temp\\", false, INTEREST_DROP},
    {"\\start menu\\programs\\startup\\", false, INTEREST_DROP},
    {"\\appdata\\", false, INTEREST_PROFILE},
    {"\\application data\\", false, INTEREST_PROFILE},
    {"\\local settings\\", false, INTEREST_PROFILE},
    {"\\programdata\\microsoft\\", true, INTEREST_PROFILE},
    {"\\programdata\\package cache\\", true, INTEREST_PROFILE},
    {"\\programdata\\", true, INTEREST_DROP},
    {"\\users\\public\\", true, INTEREST_DROP},
    {"\\perflogs\\", true, INTEREST_DROP},
    {"\\$recycle.bin\\", true, INTEREST_DROP},
    {"\\recycler\\", true, INTEREST_DROP},
    {"\\downloads\\", false, INTEREST_DROP},
    {"\\desktop\\", false, INTEREST_DROP},
    {"\\documents\\", false, INTEREST_DROP},
};

/* Documents, pictures, data: what people would miss. */
static const char *const documents[] = {
    "doc", "docx", "docm", "dot",  "dotx", "xls",  "xlsx", "xlsm",  "xlsb", "ppt", "pptx", "pptm", "pdf", "rtf",
    "txt", "csv",  "jpg",  "jpeg", "png",  "gif",  "bmp",  "tif",   "tiff", "psd", "ai",   "svg",  "raw", "dwg",
    "dxf", "jww",  "zip",  "rar",  "7z",   "lzh",  "mdb",  "accdb", "db",   "sql", "mdf",  "ldf",  "pst", "ost",
    "msg", "eml",  "jtd",  "one",  "mp3",  "mp4",  "mov",  "avi",   "wav",  "vsd", "vsdx", "odt",  "ods", "odp",
    "vhd", "vhdx", "vmdk", "vmx",  "bak",  "xml",  "htm",  "html",  "mpp",  "pub", "p12",  "pfx",  "key", "kdbx",
};

/* What honest programs put behind a document's name. */
static const char *const honest[] = {
    "lnk",  "url",  "bak",   "old", "orig", "tmp",        "temp", "part", "partial",  "crdownload", "download",
    "opdownload", "gz",   "bz2",   "xz",  "zst",  "zip",        "7z",   "rar",  "lzh",  "cab",      "sig",        "asc",
    "gpg",  "pgp",  "p7m",   "p7s", "md5",  "sha1",       "sha256", "sha512", "sum",    "map",      "log",        "txt",
    "xml",  "json", "ini",   "cfg", "config", "manifest", "mui",  "dat",  "idx",  "index",    "lock",       "swp",
    "sv$",  "wal",  "shm",   "torrent", "aria2", "html",  "htm",  "js",   "css",  "png",  "jpg",      "pdf",        "db",
    "diff", "patch", "rej",  "in",  "template", "sample", "example", "default", "d", "c", "h", "py", "pyc", "lang", "exe", "dll",
};

/* What notes are made of. */
static const char *const readable[] = {"txt", "htm", "html", "hta", "rtf", "png", "jpg", "bmp", "url", "md", ""};

struct folded {
  char p[SHORT_NAME * 4];
  hk_str s;
};

/* ASCII is folded: what the tables hold is ASCII. Too long a text keeps its end. */
static hk_str fold(hk_str s, struct folded *out)
{
  if (s.n > sizeof out->p) s = hk_str_sub(s, s.n - sizeof out->p, s.n);
  for (size_t i = 0; i < s.n; i++) {
    const char c = s.p[i];
    out->p[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '/' ? '\\' : c;
  }
  out->s = (hk_str){.p = out->p, .n = s.n};
  return out->s;
}

/* Asked of every file of a volume: most words differ in their first letter. */
static bool is_word(hk_str folded, const char *word)
{
  if (folded.n == 0) return word[0] == '\0';
  return folded.p[0] == word[0] && hk_str_eq(folded, hk_str_of(word));
}

static bool is_one_of(hk_str folded, const char *const *v, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (is_word(folded, v[i])) return true;
  return false;
}

#define IS_ONE_OF(s, v) is_one_of((s), (v), sizeof(v) / sizeof(v)[0])

static hk_str extension_of(hk_str name)
{
  const size_t dot = hk_str_rfind(name, '.');
  return dot == name.n || dot == 0 ? HK_S("") : hk_str_sub(name, dot + 1, name.n);
}

static bool holds(hk_str s, hk_str part, bool at_start)
{
  if (part.n > s.n) return false;
  if (at_start) return memcmp(s.p, part.p, part.n) == 0;
  for (size_t i = 0; i + part.n <= s.n; i++)
    if (s.p[i] == part.p[0] && memcmp(s.p + i, part.p, part.n) == 0) return true;
  return false;
}

enum interest_place interest_place_of(hk_str path)
{
  struct folded f;
  if (path.n >= 2 && path.p[1] == ':') path = hk_str_sub(path, 2, path.n);
  if (path.n == 0) return INTEREST_UNKNOWN;
  const hk_str s = fold(path, &f);
  const size_t last = hk_str_rfind(s, '\\');
  if (last == s.n) return INTEREST_UNKNOWN;
  if (last == 0) return INTEREST_DROP; /* the root of the volume */
  const hk_str folder = hk_str_sub(s, 0, last + 1);
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    if (holds(folder, hk_str_of(folders[i].part), folders[i].at_start)) return folders[i].place;
  return INTEREST_OTHER;
}

static unsigned bit_of(enum interest_place place)
{
  switch (place) {
  case INTEREST_UNKNOWN: return UNKNOWN;
  case INTEREST_PROFILE: return PROFILE;
  case INTEREST_CACHE: return CACHE;
  case INTEREST_DROP: return DROP;
  case INTEREST_SYSTEM:
  case INTEREST_OTHER: return 0;
  }
  return 0;
}

/* "README.txt" is what every source tree has in every folder; "abc.README.txt" is not. */
static bool is_plain_readme(hk_str folded)
{
  return hk_str_starts(folded, HK_S("readme.")) || hk_str_starts(folded, HK_S("readme_")) || hk_str_starts(folded, HK_S("read_me.")) ||
         hk_str_starts(folded, HK_S("readme-")) || hk_str_starts(folded, HK_S("install"));
}

const char *interest_of(hk_str name, enum interest_place place)
{
  struct folded f;
  const hk_str folded = fold(name, &f);
  const hk_str extension = extension_of(folded);
  const unsigned bit = bit_of(place);
  for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++)
    if ((sorts[i].places & bit) != 0 && is_word(extension, sorts[i].extension)) return sorts[i].why;
  /* Half a hundred patterns are tried on names of such files only. */
  if (!IS_ONE_OF(extension, readable)) return NULL;
  const struct note_name *const note = note_name_of(name);
  if (note == NULL || (!note->telling && (place == INTEREST_SYSTEM || is_plain_readme(folded)))) return NULL;
  return "note";
}

bool interest_runs(hk_str name)
{
  struct folded f;
  const hk_str extension = extension_of(fold(name, &f));
  for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++)
    if (is_word(extension, sorts[i].extension))
      return strcmp(sorts[i].why, "program") == 0 || strcmp(sorts[i].why, "script") == 0;
  return false;
}

hk_str interest_added_extension(hk_str name)
{
  struct folded f;
  const hk_str folded = fold(name, &f);
  if (folded.n != name.n) return HK_S("");
  const size_t last = hk_str_rfind(folded, '.');
  if (last == folded.n || last == 0 || last + 1 == folded.n) return HK_S("");
  const hk_str extension = hk_str_sub(folded, last + 1, folded.n);
  if (IS_ONE_OF(extension, honest) || IS_ONE_OF(extension, documents)) return HK_S("");
  /* A document's extension somewhere before it, behind a name. */
  for (size_t end = last; end > 0;) {
    const hk_str rest = hk_str_sub(folded, 0, end);
    const size_t dot = hk_str_rfind(rest, '.');
    if (dot == rest.n || dot == 0) return HK_S("");
    if (IS_ONE_OF(hk_str_sub(rest, dot + 1, end), documents)) return hk_str_sub(name, last + 1, name.n);
    end = dot;
  }
  return HK_S("");
}

hk_str interest_new_extension(hk_str old_name, hk_str new_name)
{
  struct folded f, g;
  const hk_str was = extension_of(fold(old_name, &f));
  const hk_str is = extension_of(fold(new_name, &g));
  if (g.s.n != new_name.n || is.n == 0 || hk_str_eq(was, is) || !IS_ONE_OF(was, documents)) return HK_S("");
  if (IS_ONE_OF(is, documents) || IS_ONE_OF(is, honest)) return HK_S("");
  return hk_str_sub(new_name, new_name.n - is.n, new_name.n);
}
