/* Processes, modules and signatures out of state:\processes.jsonl and state:\modules.jsonl. */
#include "process.h"

#include <string.h>

#include "base/hash.h"
#include "lib/state.h"

static const struct hk_kind kind_process = STATE_KIND("state.process");
static const struct hk_kind kind_module = STATE_KIND("state.module");
static const struct hk_kind kind_signature = STATE_KIND("signature");
static const struct hk_kind *const process_kinds[] = {&kind_process};
static const struct hk_kind *const module_kinds[] = {&kind_module};
static const struct hk_kind *const signature_kinds[] = {&kind_signature};
static const struct hk_kind *const of_processes[] = {&kind_process, &kind_signature};
static const struct hk_kind *const kinds[] = {&kind_process, &kind_module, &kind_signature};

extern const struct hk_record_type running_process_record_type, loaded_module_record_type, image_signature_record_type;

HK_RECORD_TYPE(running_process, RUNNING_PROCESS_FIELDS, .artifact = "RunningProcess", .verb = HK_OBSERVED, .proof = 3,
               HK_KINDS(process_kinds), .title = {.ja = "動作中のプロセス", .en = "Running processes"});
HK_RECORD_TYPE(loaded_module, LOADED_MODULE_FIELDS, .artifact = "LoadedModule", .verb = HK_OBSERVED, .proof = 3,
               HK_KINDS(module_kinds),
               .title = {.ja = "書き込める場所から読み込まれたモジュール", .en = "Modules loaded from places that users write"});
HK_RECORD_TYPE(image_signature, IMAGE_SIGNATURE_FIELDS, .artifact = "ImageSignature", .verb = HK_SIGNED, .proof = 3,
               HK_KINDS(signature_kinds), .title = {.ja = "プログラムの署名", .en = "Signatures of programs"});

/* winerror.h. Others (an expired certificate, a root that this PC does not know yet, no answer in time) say neither. */
#define NO_SIGNATURE INT64_C(-2146762496)  /* TRUST_E_NOSIGNATURE 0x800B0100 */
#define BAD_DIGEST INT64_C(-2146869232)    /* TRUST_E_BAD_DIGEST 0x80096010 */
#define DISTRUSTED INT64_C(-2146762479)    /* TRUST_E_EXPLICIT_DISTRUST 0x800B0111 */

/* 1, 0, or -1 when nothing is known. Most files of Windows are vouched for by catalogs: without these "no signature" is no verdict. */
static int verdict(int64_t trust, bool catalogs_asked)
{
  if (trust == 0) return 1;
  if (trust == BAD_DIGEST || trust == DISTRUSTED) return 0;
  return trust == NO_SIGNATURE && catalogs_asked ? 0 : -1;
}

/* Many processes run one program: its signature is told once. When the table is full, again. */
#define MOST_SEEN 4096u /* a power of two */
struct seen {
  uint64_t key[MOST_SEEN]; /* 0: free */
  size_t n;
};

static bool is_new(struct state_row *row, hk_str path)
{
  struct seen *s = *row->own;
  uint8_t digest[HK_SHA256_SIZE];
  uint64_t key = 0;
  if (s == NULL) *row->own = s = hk_new(hk_item_arena(row->item), struct seen, 1);
  if (s == NULL || s->n == MOST_SEEN / 2) return true;
  hk_sha256_of(path.p, path.n, digest);
  memcpy(&key, digest, sizeof key);
  key |= 1;
  size_t at = (size_t)(key >> 1) % MOST_SEEN;
  while (s->key[at] != 0 && s->key[at] != key) at = (at + 1) % MOST_SEEN;
  if (s->key[at] == key) return false;
  s->key[at] = key;
  s->n++;
  return true;
}

static void emit_signature(struct state_row *row, hk_str path, hk_str sha256, hk_str signer, int64_t trust, bool catalogs_asked)
{
  const int trusted = verdict(trust, catalogs_asked);
  if (path.n == 0 || trusted < 0 || !is_new(row, path)) return;
  const struct image_signature_record s = {
      .path = path, .trusted = trusted, .signer = signer, .sha256 = sha256, .trust = trust, .seen_at = row->asked_at};
  hk_emit(row->item, &image_signature_record_type, 0, &s);
}

static bool complete_process(struct state_row *row)
{
  const struct running_process_record *const r = row->record;
  emit_signature(row, r->path, r->sha256, r->signer, r->trust, r->catalogs_asked);
  return true;
}

static bool complete_module(struct state_row *row)
{
  const struct loaded_module_record *const r = row->record;
  emit_signature(row, r->path, r->sha256, r->signer, r->trust, r->catalogs_asked);
  return true;
}

#define TOPICS(X)                                                 \
  X("processes", running_process, of_processes, complete_process) \
  X("modules", loaded_module, module_kinds, complete_module)

static const struct state_topic topics[] = {TOPICS(STATE_TOPIC)};
static const struct hk_record_type *const records[] = {TOPICS(STATE_RECORD) &image_signature_record_type};
static const struct hk_artefact artefacts[] = {TOPICS(STATE_FILE)};

static hk_err process_parse(struct hk_item *item)
{
  return state_parse(item, topics, sizeof topics / sizeof topics[0]);
}

const struct hk_module process_module = {
    .name = "process",
    .title = {.ja = "動作中のプロセス", .en = "Running processes"},
    .proves = {.ja = "調査の時点で、Windows がそのプロセスを動作中として挙げたこと。",
               .en = "That Windows named the process as running when it was asked."},
    .proves_not = {.ja = "挙げられなかったプロセスが動いていないこと（Windows に自分を隠すものがある）、以前に終わったもの、コマンドラインが起動時のままであること。",
                   .en = "That nothing else ran (there are programs that hide from Windows), what had ended before, that a command line is still the one it was started with."},
    HK_ARTEFACTS(artefacts),
    HK_RECORDS(records),
    HK_KINDS(kinds),
    .parse = process_parse,
    .deadline_s = 60,
    .memory_mib = 128,
};
