/* A file is a note when its content says so (judge.c), or when it has a name that only notes have and its content says
   half as much. A file with such a name whose content was read and is none is said to be none: that excuses the name. A
   picture with such a name is only a name. */
#include "ransomnote/ransomnote.h"

#include "lib/content.h"
#include "lib/magic.h"
#include "lib/note_names.h"
#include "ransomnote/coins.h"
#include "ransomnote/find.h"
#include "ransomnote/judge.h"
#include "ransomnote/text.h"

enum { LIMIT_BYTES = 128 << 10 };

static const struct hk_kind name_kind = {.name = "ransomnote.name", .source = "mft", .group = "mft"};
static const struct hk_kind *const name_kinds[] = {&name_kind};

static hk_time born_of(const struct hk_file_info *info)
{
  return info->born_at != HK_TIME_UNKNOWN ? info->born_at : info->modified_at;
}

static struct hk_strs verified_onions(struct hk_arena *a, struct hk_strs onions)
{
  hk_str *const v = hk_new(a, hk_str, onions.n);
  size_t n = 0;
  for (size_t i = 0; v != NULL && i < onions.n; i++)
    if (coin_is_onion_v3(hk_str_sub(onions.v[i], 0, hk_str_find(onions.v[i], '.')))) v[n++] = onions.v[i];
  return (struct hk_strs){.v = v, .n = n};
}

static hk_err emit_note(struct hk_item *item, const struct note_text *t, const struct note_verdict *v, bool by_name)
{
  const struct hk_file_info *const info = hk_item_info(item);
  struct hk_arena *const a = hk_item_arena(item);
  struct note_found found;
  if (!note_find(a, t->whole, t->plain, t->folded, &found))
    return hk_fail(HK_MEMORY, "addresses in the note", HK_NO_OFFSET);
  const struct ransom_note_record r = {.path = info->path,
                                       .family = hk_str_of(v->family),
                                       .content = HK_CONTENT_NOTE,
                                       .by_name = by_name,
                                       .by_content = v->is_note,
                                       .by_family = v->by_family,
                                       .score = v->score,
                                       .rules = v->rules,
                                       .onion_addresses = found.onions,
                                       .onion_verified = verified_onions(a, found.onions),
                                       .bitcoin_addresses = found.bitcoin,
                                       .monero_addresses = found.monero,
                                       .email_addresses = found.emails,
                                       .tox_ids = found.tox,
                                       .personal_id = found.personal_id,
                                       .extension = found.extension,
                                       .language = hk_str_of(found.language),
                                       .dropped_at = born_of(info),
                                       .modified = info->modified_at,
                                       .owner_sid = info->owner_sid};
  hk_emit(item, &ransom_note_record_type, 0, &r);
  return hk_ok();
}

static void emit_no_note(struct hk_item *item, const struct hk_cur *bytes)
{
  const struct hk_file_info *const info = hk_item_info(item);
  const struct content_record r = {.path = info->path,
                                   .content = HK_CONTENT_NO_NOTE,
                                   .content_type = hk_str_of(magic_name(magic_of(bytes, info->path))),
                                   .size = (int64_t)bytes->size,
                                   .created = info->born_at,
                                   .modified = info->modified_at};
  hk_emit(item, &content_record_type, 0, &r);
}

static void emit_name(struct hk_item *item, const struct note_name *name, const struct hk_cur *bytes)
{
  const struct hk_file_info *const info = hk_item_info(item);
  const struct ransom_note_name_record r = {.path = info->path,
                                            .pattern = hk_str_of(name->pattern),
                                            .content_type = hk_str_of(magic_name(magic_of(bytes, info->path))),
                                            .created = born_of(info)};
  hk_emit(item, &ransom_note_name_record_type, 0, &r);
}

static hk_err ransomnote_parse(struct hk_item *item)
{
  struct hk_arena *const a = hk_item_arena(item);
  const struct note_name *const name = note_name_of(hk_item_info(item)->path);
  const bool telling = name != NULL && name->telling;
  struct hk_cur bytes;
  HK_TRY(hk_item_whole(item, LIMIT_BYTES, &bytes));
  struct note_text text;
  HK_TRY(note_text_read(a, bytes.base, bytes.size, &text));
  if (!text.readable) {
    if (telling) emit_name(item, name, &bytes);
    return hk_ok();
  }
  struct note_verdict verdict;
  HK_TRY(note_judge(a, text.folded, &verdict));
  if (verdict.is_note || (telling && verdict.nearly)) return emit_note(item, &text, &verdict, name != NULL);
  if (name != NULL) emit_no_note(item, &bytes);
  return hk_ok();
}

static bool ransomnote_recognise(const struct hk_file_info *info, const void *head, size_t n_head)
{
  (void)head;
  const struct note_name *const name = note_name_of(info->path);
  return n_head != 0 && name != NULL && name->telling;
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

HK_RECORD_TYPE(ransom_note, RANSOM_NOTE_FIELDS, .artifact = "RansomNote", .verb = HK_CONTENT, .timeless = true,
               .proof = 3, HK_KINDS(content_kinds), .title = {.ja = "脅迫文", .en = "Ransom note"});
HK_RECORD_TYPE(ransom_note_name, RANSOM_NOTE_NAME_FIELDS, .artifact = "RansomNoteName", .verb = HK_EXISTED,
               .timeless = true, .proof = 1, HK_KINDS(name_kinds),
               .title = {.ja = "脅迫文らしい名前", .en = "File named like a ransom note"});

static const struct hk_record_type *const records[] = {&ransom_note_record_type, &ransom_note_name_record_type,
                                                       &content_record_type};
static const struct hk_kind *const kinds[] = {&content_kind, &name_kind};

/* Small files only: a note is read by people. By name on all volumes, the rest where people keep documents. Both are searches
   through what is there now: to find nothing is a result. */
#define BY_NAME(pattern)                                                                                               \
  {                                                                                                                    \
    .glob = "?:\\**\\" pattern, .name = "ransomnote.name", .instance = HK_INSTANCE_SEARCH, .examine_only = true,       \
    .max_bytes = LIMIT_BYTES, .rank = 60                                                             \
  }
#define BY_PLACE(place)                                                                                                \
  {                                                                                                                    \
    .glob = place, .name = "ransomnote.place", .instance = HK_INSTANCE_SEARCH, .examine_only = true,                  \
    .max_bytes = LIMIT_BYTES, .rank = 70, HK_KINDS(content_kinds)                                         \
  }

static const struct hk_artefact artefacts[] = {
    BY_NAME("*DECRYPT*.txt"),
    BY_NAME("*DECRYPT*.htm*"),
    BY_NAME("*DECRYPT*.png"),
    BY_NAME("*DECRYPT*.url"),
    BY_NAME("*READ*ME*.txt"),
    BY_NAME("*READ*ME*.htm*"),
    BY_NAME("*RECOVER*.txt"),
    BY_NAME("*RECOVER*.htm*"),
    BY_NAME("*RESTORE*.txt"),
    BY_NAME("*RESTORE*.htm*"),
    BY_NAME("*UNLOCK*.txt"),
    BY_NAME("*UNLOCK*.htm*"),
    BY_NAME("*HOW*TO*.txt"),
    BY_NAME("*HOW*TO*.htm*"),
    BY_NAME("*ENCRYPTED*.txt"),
    BY_NAME("*ENCRYPTED*.htm*"),
    BY_NAME("*RANSOM*.txt"),
    BY_NAME("*RANSOM*.htm*"),
    BY_NAME("*YOUR*FILES*.txt"),
    BY_NAME("*YOUR*FILES*.htm*"),
    BY_NAME("*INSTRUCTION*.txt"),
    BY_NAME("*INSTRUCTION*.htm*"),
    BY_NAME("HELP_*"),
    BY_NAME("*.hta"),
    BY_PLACE("?:\\*.txt"),
    BY_PLACE("?:\\*.htm*"),
    BY_PLACE("?:\\Users\\*\\Desktop\\**\\*.txt"),
    BY_PLACE("?:\\Users\\*\\Desktop\\**\\*.htm*"),
    BY_PLACE("?:\\Users\\*\\Documents\\**\\*.txt"),
    BY_PLACE("?:\\Users\\*\\Documents\\**\\*.htm*"),
    BY_PLACE("?:\\Users\\*\\Downloads\\**\\*.txt"),
    BY_PLACE("?:\\Users\\*\\Downloads\\**\\*.htm*"),
    BY_PLACE("?:\\Users\\*\\OneDrive*\\**\\*.txt"),
};

const struct hk_module ransomnote_module = {
    .name = "ransomnote",
    .title = {.ja = "脅迫文", .en = "Ransom notes"},
    .proves = {.ja = "その場所に、身代金を要求する文章のファイルがあること。文中の連絡先と被害者 ID。",
               .en = "That a file with a ransom demand lies there, and the addresses and codes in it."},
    .proves_not = {.ja = "暗号化が実際に行われたこと、どの PC が行ったか。短い文や画像の脅迫文は見落とすことがある。",
                   .en =
                       "That anything was encrypted, or which PC did it. Very short notes and pictures can be missed."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .recognise = ransomnote_recognise,
    .parse = ransomnote_parse,
    .deadline_s = 40,
    .memory_mib = 64,
};
