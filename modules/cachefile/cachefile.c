/* A web cache and a temporary folder hold thousands of files; only those whose first bytes are a program's make a
 * record. */
#include "cachefile/cachefile.h"

#include <string.h>

#include "lib/content.h"
#include "lib/magic.h"

HK_RECORD_TYPE(cached_program, CACHED_PROGRAM_FIELDS, .artifact = "CachedProgram", .verb = HK_CONTENT, .timeless = true,
               .proof = 3, HK_KINDS(content_kinds),
               .title = {.ja = "キャッシュ内のプログラム", .en = "Program in a cache"});

static const struct place {
  const char *name;
  const char *part; /* of the folded path */
} places[] = {
    {.name = "inetcache", .part = "\\inetcache\\"},
    {.name = "inetcache", .part = "\\temporary internet files\\"},
    {.name = "chromium-cache", .part = "\\cache_data\\"},
    {.name = "chromium-cache", .part = "\\user data\\"},
    {.name = "firefox-cache", .part = "\\cache2\\entries\\"},
    {.name = "temp", .part = "\\temp\\"},
};

static const char *place_of(struct hk_arena *a, hk_str path)
{
  const hk_str folded = hk_str_fold(a, path);
  char *const p = hk_str_z(a, folded);
  if (p == NULL) return "";
  for (size_t i = 0; i < folded.n; i++)
    if (p[i] == '/') p[i] = '\\';
  for (size_t k = 0; k < sizeof places / sizeof places[0]; k++)
    if (strstr(p, places[k].part) != NULL) return places[k].name;
  return "";
}

static hk_err cachefile_parse(struct hk_item *item)
{
  const struct hk_file_info *const info = hk_item_info(item);
  struct hk_arena *const a = hk_item_arena(item);
  enum magic_type type;
  HK_TRY(magic_read(a, hk_item_bytes(item), info->path, &type));
  if (type != MAGIC_PROGRAM) return hk_ok();
  const struct cached_program_record r = {.path = info->path,
                                          .content = HK_CONTENT_PROGRAM,
                                          .place = hk_str_of(place_of(a, info->path)),
                                          .content_type = hk_str_of(magic_name(type)),
                                          .name_hides_it = !magic_tricks(info->path).runs,
                                          .size = (int64_t)hk_item_bytes(item)->size_bytes,
                                          .created = info->born_at,
                                          .modified = info->modified_at,
                                          .owner_sid = info->owner_sid};
  hk_emit(item, &cached_program_record_type, 0, &r);
  const struct file_created_record t = {
      .path = info->path, .created = info->born_at, .modified = info->modified_at, .owner_sid = info->owner_sid};
  if (info->born_at != HK_TIME_UNKNOWN) hk_emit(item, &file_created_record_type, 0, &t);
  return hk_ok();
}

static const struct hk_record_type *const records[] = {&cached_program_record_type, &file_created_record_type};
static const struct hk_kind *const kinds[] = {&content_kind, &file_times_kind};
/* Times are told of programs only, so the search speaks for content alone. */
static const struct hk_kind *const looked_at[] = {&content_kind};

#define MIB ((uint64_t)1 << 20)
#define LOOK_INTO(place, most)                                                                                         \
  .glob = place, .name = "cachefile", .instance = HK_INSTANCE_SEARCH, .examine_only = true, .max_bytes = (most),       \
  .rank = 40, HK_KINDS(looked_at)
#define SCRIPTS(place)                                                                                                 \
  {                                                                                                                    \
    .glob = place, .name = "cachefile.script", .instance = HK_INSTANCE_FOLDER, .collect_only = true, .max_bytes = MIB, \
    .rank = 45                                                                                                         \
  }

static const struct hk_artefact artefacts[] = {
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\INetCache\\**\\*", 32 * MIB)},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\**\\*", 32 * MIB),
     .optional = true},
    {LOOK_INTO("?:\\Windows\\System32\\config\\systemprofile\\AppData\\Local\\Microsoft\\Windows\\INetCache\\**\\*",
               32 * MIB),
     .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\*\\*\\User Data\\*\\Cache\\**\\f_*", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Mozilla\\Firefox\\Profiles\\*\\cache2\\entries\\*", 32 * MIB),
     .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\*.tmp", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.exe", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.scr", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.com", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.pif", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Users\\*\\AppData\\Local\\Temp\\*.dat", 8 * MIB), .optional = true},
    {LOOK_INTO("?:\\Windows\\Temp\\*.tmp", 32 * MIB), .optional = true},
    {LOOK_INTO("?:\\Windows\\Temp\\**\\*.exe", 32 * MIB), .optional = true},
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.js"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.jse"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.vbs"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.vbe"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.wsf"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.hta"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.ps1"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.bat"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.cmd"),
    SCRIPTS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*.lnk"),
};

const struct hk_module cachefile_module = {
    .name = "cachefile",
    .title = {.ja = "キャッシュ内のプログラム", .en = "Programs in caches"},
    .proves = {.ja = "ブラウザーのキャッシュや一時フォルダーのそのファイルが、名前に関わらずプログラムであること。",
               .en = "That this file of a browser's cache or a temporary folder is a program, whatever its name."},
    .proves_not = {.ja = "実行されたこと、有害であること。更新プログラムも一時フォルダーにプログラムを置く。",
                   .en = "That it was run or does harm: installers put programs into temporary folders too."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .parse = cachefile_parse,
    .deadline_s = 20,
    .memory_mib = 16,
};
