/* What a folder and a program name mean, as data. Patterns are on the folded path of the folder with a separator behind
   it; the first that fits counts, so special ones stand before general ones. */
#include "answer/path.h"

#include <string.h>

struct place_row {
  const char *part; /* must occur in the path: cheap, tried first */
  const char *glob; /* NULL: the part is enough */
  enum hk_place place;
};

/* Outlook: Content.Outlook below INetCache or Temporary Internet Files, OLK* before 2007; Thunderbird and Windows Mail
   unpack into Temp. Browsers: the folders their vendors document. */
static const struct place_row places[] = {
    {"\\content.outlook\\", NULL, HK_PLACE_MAIL_TEMP},
    {"\\temporary internet files\\olk", NULL, HK_PLACE_MAIL_TEMP},
    {"\\microsoft.windowscommunicationsapps_", "**\\localstate\\files\\s*\\**", HK_PLACE_MAIL_TEMP},
    {"\\microsoft.outlookforwindows_", "**\\localcache\\**", HK_PLACE_MAIL_TEMP},
    {"\\inetcache\\", NULL, HK_PLACE_WEB_CACHE},
    {"\\temporary internet files\\", NULL, HK_PLACE_WEB_CACHE},
    {"\\user data\\", "**\\user data\\*\\cache\\**", HK_PLACE_WEB_CACHE},
    {"\\mozilla\\firefox\\profiles\\", "**\\profiles\\*\\cache2\\**", HK_PLACE_WEB_CACHE},
    {"\\#!", "**\\ac\\#!*\\microsoftedge\\cache\\**", HK_PLACE_WEB_CACHE},
    {"\\temp\\temp", "**\\temp\\temp?_*\\**", HK_PLACE_ARCHIVE_TEMP},
    {"\\temp\\temp", "**\\temp\\temp??_*\\**", HK_PLACE_ARCHIVE_TEMP},
    {"\\temp\\7zo", NULL, HK_PLACE_ARCHIVE_TEMP},
    {"\\temp\\rar$", NULL, HK_PLACE_ARCHIVE_TEMP},
    {"\\temp\\wz", "**\\temp\\wz????\\**", HK_PLACE_ARCHIVE_TEMP},
    {"\\temp\\bnz.", NULL, HK_PLACE_ARCHIVE_TEMP},
    {"\\appdata\\local\\temp\\", NULL, HK_PLACE_TEMP},
    {"\\local settings\\temp\\", NULL, HK_PLACE_TEMP},
    {"\\windows\\temp\\", "\\windows\\temp\\**", HK_PLACE_TEMP},
    {"\\temp\\", "\\temp\\**", HK_PLACE_TEMP},
    {"\\downloads\\", NULL, HK_PLACE_DOWNLOADS},
    {"\\start menu\\programs\\startup\\", NULL, HK_PLACE_STARTUP},
    {"\\$recycle.bin\\", NULL, HK_PLACE_RECYCLE_BIN},
    {"\\recycler\\", "\\recycler\\**", HK_PLACE_RECYCLE_BIN},
    {"\\documents\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\my documents\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\desktop\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\pictures\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\onedrive", "**\\onedrive*\\**", HK_PLACE_DOCUMENTS},
    {"\\share\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\shares\\", NULL, HK_PLACE_DOCUMENTS},
    {"\\共有\\", NULL, HK_PLACE_DOCUMENTS},
};

static const char *const place_names[HK_PLACE_COUNT] = {
    [HK_PLACE_NONE] = "",
    [HK_PLACE_WEB_CACHE] = "web cache",
    [HK_PLACE_MAIL_TEMP] = "mail temporary",
    [HK_PLACE_ARCHIVE_TEMP] = "archive temporary",
    [HK_PLACE_TEMP] = "temporary",
    [HK_PLACE_DOWNLOADS] = "downloads",
    [HK_PLACE_STARTUP] = "startup",
    [HK_PLACE_ADMIN_SHARE] = "administrative share",
    [HK_PLACE_DOCUMENTS] = "documents",
    [HK_PLACE_ODD_DOCUMENT] = "documents, unknown type",
    [HK_PLACE_RECYCLE_BIN] = "recycle bin",
};

static const char *const tool_names[HK_TOOL_COUNT] = {
    [HK_TOOL_NONE] = "",           [HK_TOOL_OFFICE] = "office",   [HK_TOOL_SCRIPT_HOST] = "script host",
    [HK_TOOL_MAIL] = "mail",       [HK_TOOL_BROWSER] = "browser", [HK_TOOL_RECOVERY] = "recovery",
    [HK_TOOL_ARCHIVE] = "archive", [HK_TOOL_BACKUP] = "backup",   [HK_TOOL_SHELL] = "shell",
};

struct tool_row {
  const char *name;
  enum hk_tool tool;
};

static const struct tool_row tools[] = {
    {"winword.exe", HK_TOOL_OFFICE},
    {"excel.exe", HK_TOOL_OFFICE},
    {"powerpnt.exe", HK_TOOL_OFFICE},
    {"msaccess.exe", HK_TOOL_OFFICE},
    {"mspub.exe", HK_TOOL_OFFICE},
    {"visio.exe", HK_TOOL_OFFICE},
    {"onenote.exe", HK_TOOL_OFFICE},
    {"eqnedt32.exe", HK_TOOL_OFFICE},
    {"cmd.exe", HK_TOOL_SCRIPT_HOST},
    {"powershell.exe", HK_TOOL_SCRIPT_HOST},
    {"pwsh.exe", HK_TOOL_SCRIPT_HOST},
    {"wscript.exe", HK_TOOL_SCRIPT_HOST},
    {"cscript.exe", HK_TOOL_SCRIPT_HOST},
    {"mshta.exe", HK_TOOL_SCRIPT_HOST},
    {"regsvr32.exe", HK_TOOL_SCRIPT_HOST},
    {"outlook.exe", HK_TOOL_MAIL},
    {"thunderbird.exe", HK_TOOL_MAIL},
    {"hxoutlook.exe", HK_TOOL_MAIL},
    {"olk.exe", HK_TOOL_MAIL},
    {"wlmail.exe", HK_TOOL_MAIL},
    {"iexplore.exe", HK_TOOL_BROWSER},
    {"chrome.exe", HK_TOOL_BROWSER},
    {"msedge.exe", HK_TOOL_BROWSER},
    {"firefox.exe", HK_TOOL_BROWSER},
    {"microsoftedgecp.exe", HK_TOOL_BROWSER},
    {"vssadmin.exe", HK_TOOL_RECOVERY},
    {"wmic.exe", HK_TOOL_RECOVERY},
    {"wbadmin.exe", HK_TOOL_RECOVERY},
    {"bcdedit.exe", HK_TOOL_RECOVERY},
    {"diskshadow.exe", HK_TOOL_RECOVERY},
    {"7zfm.exe", HK_TOOL_ARCHIVE},
    {"7zg.exe", HK_TOOL_ARCHIVE},
    {"winrar.exe", HK_TOOL_ARCHIVE},
    {"lhaplus.exe", HK_TOOL_ARCHIVE},
    {"winzip64.exe", HK_TOOL_ARCHIVE},
    {"wbengine.exe", HK_TOOL_BACKUP},
    {"veeamagent.exe", HK_TOOL_BACKUP},
    {"beremote.exe", HK_TOOL_BACKUP},
    {"explorer.exe", HK_TOOL_SHELL},
};

/* Types that users' documents have; anything else among them is odd. */
static const char *const known_types[] = {
    "doc", "docx", "docm",  "dot", "dotx", "xls", "xlsx", "xlsm", "xlsb", "xlt", "ppt",  "pptx", "pptm", "pps", "pdf",
    "jpg", "jpeg", "png",   "gif", "bmp",  "tif", "tiff", "txt",  "rtf",  "htm", "html", "mht",  "csv",  "xml", "json",
    "zip", "lzh",  "rar",   "7z",  "gz",   "dwg", "dxf",  "jww",  "md",   "exe", "dll",  "msi",  "tmp",  "log", "db",
    "ini", "js",   "lnk",   "url", "pst",  "ost", "msg",  "eml",  "dat",  "mp3", "mp4",  "mov",  "avi",  "wav", "hta",
    "one", "mdb",  "accdb", "jtd", "psd",  "ai",  "svg",  "bat",  "cmd",  "ps1", "vbs",  "css",  "py",   "c",   "h",
};

static bool holds(hk_str s, const char *part)
{
  const size_t n = strlen(part);
  if (n > s.n) return false;
  for (size_t i = 0; i + n <= s.n; i++)
    if (s.p[i] == part[0] && memcmp(s.p + i, part, n) == 0) return true;
  return false;
}

const char *hk_place_name(enum hk_place p)
{
  return place_names[p];
}

const char *hk_tool_name(enum hk_tool t)
{
  return tool_names[t];
}

/* The separator behind the folder lets "\temp\" match the folder itself. */
enum hk_place hk_place_inside(hk_str vol, hk_str folder)
{
  char with[1024];
  if (hk_str_eq(vol, HK_S("admin$")) || hk_str_iends(vol, HK_S("\\admin$"))) return HK_PLACE_ADMIN_SHARE;
  if (folder.n + 1 >= sizeof with) folder = hk_str_sub(folder, 0, sizeof with - 2);
  if (folder.n > 0) memcpy(with, folder.p, folder.n);
  with[folder.n] = '\\';
  const hk_str s = {.p = with, .n = folder.n + 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    if (!holds(s, places[i].part)) continue;
    if (places[i].glob == NULL || hk_glob_match(hk_str_of(places[i].glob), s)) return places[i].place;
  }
  return HK_PLACE_NONE;
}

enum hk_place hk_place_of(enum hk_place inside, hk_str ext)
{
  if (inside != HK_PLACE_DOCUMENTS || ext.n == 0) return inside;
  for (size_t i = 0; i < sizeof known_types / sizeof known_types[0]; i++)
    if (hk_str_eq(ext, hk_str_of(known_types[i]))) return inside;
  return HK_PLACE_ODD_DOCUMENT;
}

enum hk_tool hk_tool_of(hk_str folded_name)
{
  for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
    if (hk_str_eq(folded_name, hk_str_of(tools[i].name))) return tools[i].tool;
  return HK_TOOL_NONE;
}
