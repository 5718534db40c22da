/* Files in the folders where mail programs put attachments that were opened. Where these are: README.md. */
#include "mail/mail.h"

#include <string.h>

#include "lib/content.h"
#include "lib/magic.h"

/* ---- whose folder ------------------------------------------------------------------------------------------------ */

static const struct store {
  const char *name;
  const char *part; /* of the folded path */
} stores[] = {
    {.name = "outlook", .part = "\\content.outlook\\"},
    {.name = "outlook-old", .part = "\\temporary internet files\\olk"},
    {.name = "outlook-new", .part = "\\microsoft\\olk\\attachments\\"},
    {.name = "windows-mail", .part = "\\microsoft.windowscommunicationsapps_"},
    {.name = "thunderbird", .part = "\\thunderbird\\profiles\\"},
};

static bool contains(hk_str s, hk_str what)
{
  for (size_t i = 0; i + what.n <= s.n; i++)
    if (memcmp(s.p + i, what.p, what.n) == 0) return true;
  return false;
}

/* Loose files come with whatever separators their path has. */
static const char *store_of(struct hk_arena *a, hk_str path)
{
  const hk_str folded = hk_str_fold(a, path);
  char *const p = hk_str_z(a, folded);
  if (p == NULL) return "";
  for (size_t i = 0; i < folded.n; i++)
    if (p[i] == '/') p[i] = '\\';
  for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++)
    if (contains((hk_str){.p = p, .n = folded.n}, hk_str_of(stores[i].part))) return stores[i].name;
  return "";
}

static hk_str folder_of(hk_str path)
{
  size_t to = path.n;
  while (to > 0 && path.p[to - 1] != '\\' && path.p[to - 1] != '/')
    to--;
  if (to == 0) return (hk_str){0};
  return magic_base_name(hk_str_sub(path, 0, to - 1));
}

/* Outlook writes "name (002).ext" for the second copy of an attachment: " (", two or three digits, ")". */
static hk_str attachment_name(struct hk_arena *a, hk_str path)
{
  const hk_str name = magic_base_name(path);
  const size_t dot = hk_str_rfind(name, '.');
  const hk_str stem = hk_str_sub(name, 0, dot);
  size_t at = stem.n;
  if (at == 0 || stem.p[--at] != ')') return name;
  size_t n_digits = 0;
  while (at > 0 && stem.p[at - 1] >= '0' && stem.p[at - 1] <= '9') {
    at--;
    n_digits++;
  }
  if (n_digits < 1 || n_digits > 3 || at < 3 || stem.p[at - 1] != '(' || stem.p[at - 2] != ' ') return name;
  const hk_str front = hk_str_sub(stem, 0, at - 2);
  const hk_str back = hk_str_sub(name, dot, name.n);
  return hk_str_printf(a, "%.*s%.*s", (int)front.n, front.p, (int)back.n, back.n == 0 ? "" : back.p);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static const struct hk_kind attachment_kind = {
    .name = "mail.attachment", .source = "mail.cache", .group = "mail.cache"};
static const struct hk_kind *const attachment_kinds[] = {&attachment_kind};

HK_RECORD_TYPE(mail_attachment, MAIL_ATTACHMENT_FIELDS, .artifact = "MailAttachment", .verb = HK_ARRIVED,
               .timeless = true, .proof = 2, HK_KINDS(attachment_kinds),
               .title = {.ja = "メール添付", .en = "Mail attachment"});

static void emit_program(struct hk_item *item, enum magic_type type)
{
  const struct hk_file_info *const info = hk_item_info(item);
  const struct content_record r = {.path = info->path,
                                   .content = HK_CONTENT_PROGRAM,
                                   .content_type = hk_str_of(magic_name(type)),
                                   .size = (int64_t)hk_item_bytes(item)->size_bytes,
                                   .created = info->born_at,
                                   .modified = info->modified_at};
  hk_emit(item, &content_record_type, 0, &r);
}

static hk_err parse_attachment(struct hk_item *item)
{
  const struct hk_file_info *const info = hk_item_info(item);
  struct hk_arena *const a = hk_item_arena(item);
  enum magic_type type;
  HK_TRY(magic_read(a, hk_item_bytes(item), info->path, &type));
  const struct magic_name_tricks tricks = magic_tricks(info->path);
  const struct mail_attachment_record r = {.path = info->path,
                                           .attachment_name = attachment_name(a, info->path),
                                           .store = hk_str_of(store_of(a, info->path)),
                                           .folder = folder_of(info->path),
                                           .arrived_at =
                                               info->born_at != HK_TIME_UNKNOWN ? info->born_at : info->modified_at,
                                           .created = info->born_at,
                                           .modified = info->modified_at,
                                           .size = (int64_t)hk_item_bytes(item)->size_bytes,
                                           .content_type = hk_str_of(magic_name(type)),
                                           .runs = tricks.runs || magic_is_active(type),
                                           .double_extension = tricks.double_extension,
                                           .reversed_name = tricks.reversed,
                                           .padded_name = tricks.padded,
                                           .owner_sid = info->owner_sid};
  hk_emit(item, &mail_attachment_record_type, 0, &r);
  if (type == MAGIC_PROGRAM) emit_program(item, type);
  return hk_ok();
}

static hk_err mail_parse(struct hk_item *item)
{
  return mail_is_zone(hk_item_info(item)->path) ? mail_parse_zone(item) : parse_attachment(item);
}

static bool mail_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)head;
  return n_head != 0 && mail_is_zone(info->path);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static const struct hk_record_type *const records[] = {&mail_attachment_record_type, &zone_identifier_record_type,
                                                       &content_record_type};
static const struct hk_kind *const kinds[] = {&attachment_kind, &zone_kind, &content_kind};

#define MIB ((uint64_t)1 << 20)
#define OPENED(place)                                                                                                  \
  .glob = place, .name = "mail.opened", .instance = HK_INSTANCE_FOLDER, .max_bytes = 64 * MIB, .rank = 30,             \
  HK_KINDS(opened_kinds)
#define MARKS(place)                                                                                                   \
  .glob = place ":Zone.Identifier", .name = "zone", .instance = HK_INSTANCE_FOLDER, .max_bytes = MIB, .rank = 25,      \
  HK_KINDS(marks_kinds)
#define STORE(place, most)                                                                                             \
  .glob = place, .name = "mail.store", .instance = HK_INSTANCE_FILE, .collect_only = true, .max_bytes = (most),        \
  .rank = 90

/* The content of the same files is spoken for by the search of module cachefile. */
static const struct hk_kind *const opened_kinds[] = {&attachment_kind};
static const struct hk_kind *const marks_kinds[] = {&zone_kind};

/* Where one of many places is not there nothing is lost: only the first of each sort is expected on every PC. */
static const struct hk_artefact artefacts[] = {
    {OPENED("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\**\\*")},
    {OPENED("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\Content.Outlook\\**\\*"),
     .optional = true},
    {OPENED("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\OLK*\\**\\*"),
     .optional = true},
    {OPENED("?:\\Documents and Settings\\*\\Local Settings\\Temporary Internet Files\\Content.Outlook\\**\\*"),
     .optional = true},
    {OPENED("?:\\Documents and Settings\\*\\Local Settings\\Temporary Internet Files\\OLK*\\**\\*"), .optional = true},
    {OPENED("?:\\Users\\*\\AppData\\Local\\Microsoft\\Olk\\Attachments\\**\\*"), .optional = true},
    {OPENED("?:\\Users\\*\\AppData\\Local\\Packages\\microsoft.windowscommunicationsapps_*\\LocalState\\Files\\**\\*"),
     .optional = true},
    {OPENED("?:\\Users\\*\\AppData\\Roaming\\Thunderbird\\Profiles\\*\\Attachments\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\Downloads\\**\\*")},
    {MARKS("?:\\Users\\*\\Desktop\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\Documents\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\AppData\\Local\\Temp\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\INetCache\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\AppData\\Local\\Microsoft\\Windows\\Temporary Internet Files\\**\\*"), .optional = true},
    {MARKS("?:\\Users\\*\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\**\\*"),
     .optional = true},
    {MARKS("?:\\Users\\Public\\**\\*"), .optional = true},
    {MARKS("?:\\*"), .optional = true},
    {STORE("?:\\Users\\*\\AppData\\Local\\Microsoft\\Outlook\\*.ost", 1024 * MIB)},
    {STORE("?:\\Users\\*\\AppData\\Local\\Microsoft\\Outlook\\*.pst", 1024 * MIB)},
    {STORE("?:\\Users\\*\\Documents\\Outlook*\\*.pst", 1024 * MIB)},
    {STORE("?:\\Users\\*\\AppData\\Roaming\\Thunderbird\\Profiles\\*\\global-messages-db.sqlite", 512 * MIB)},
    {STORE("?:\\Users\\*\\AppData\\Roaming\\Thunderbird\\Profiles\\*\\Mail\\**\\*", 512 * MIB)},
    {STORE("?:\\Users\\*\\AppData\\Roaming\\Thunderbird\\Profiles\\*\\ImapMail\\**\\*", 512 * MIB)},
    {STORE("?:\\Users\\*\\Downloads\\**\\*.msg", 64 * MIB)},
    {STORE("?:\\Users\\*\\Downloads\\**\\*.eml", 64 * MIB)},
    {STORE("?:\\Users\\*\\Desktop\\**\\*.msg", 64 * MIB)},
    {STORE("?:\\Users\\*\\Desktop\\**\\*.eml", 64 * MIB)},
    {STORE("?:\\Users\\*\\Documents\\**\\*.msg", 64 * MIB)},
    {STORE("?:\\Users\\*\\Documents\\**\\*.eml", 64 * MIB)},
};

const struct hk_module mail_module = {
    .name = "mail",
    .title = {.ja = "メール添付と Web の印", .en = "Mail attachments and marks of the web"},
    .proves =
        {.ja =
             "その添付ファイルがメールソフトで開かれたこと（または保存されたこと）。印のあるファイルは外から来たこと。",
         .en =
             "That this attachment was opened or previewed in the mail program; that a marked file came from outside."},
    .proves_not =
        {.ja = "添付が実行されたこと、送信者。印は消すことができ、ない場合でも外から来たことがある。",
         .en = "That the attachment was run, or who sent it. Marks can be removed: a file without one may be from "
               "outside too."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .recognise = mail_recognise,
    .parse = mail_parse,
    .deadline_s = 20,
    .memory_mib = 32,
};
