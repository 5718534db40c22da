/* The file of a running program: size, SHA-256, and what Windows says of its signature, from what is on this PC alone: no
   revocation list and no certificate is fetched (MSDN, WINTRUST_DATA: WTD_REVOKE_NONE, WTD_CACHE_ONLY_URL_RETRIEVAL). Most files
   of Windows carry no signature; a catalog vouches for them (MSDN, CryptCATAdminEnumCatalogFromHash).

   `trust` is WinVerifyTrust's answer as it is (0 = trusted, 0x800B0100 as -2146762496 = no signature); it is that of the
   catalog when there is one. */
#include "os/state_win32.h"

#include <stdlib.h>
#include <string.h>

#include <wincrypt.h>
/* wincrypt.h first */
#include <mscat.h>
#include <softpub.h>
#include <wintrust.h>

#include "base/hash.h"

#define MOST_IMAGES 2048u /* a power of two; twice as many as are looked at */
#define FILE_BYTES_MAX ((uint64_t)256 << 20)
#define ALL_BYTES_MAX ((uint64_t)2 << 30)
#define BLOCK_BYTES ((DWORD)256 * 1024)
#define CATALOG_HASH_MAX 64u

struct image {
  hk_str folded; /* {NULL,0}: a free place */
  uint64_t size_bytes;
  char sha256[2 * HK_SHA256_SIZE + 1];
  bool has_trust, catalog_asked;
  LONG trust;
  hk_str signer, catalog;
  const char *missing; /* NULL, or why it was not looked at */
};

struct state_images {
  struct state_ask *q;
  struct image *v;
  size_t n;
  uint64_t read_bytes;
  uint8_t *block;
};

/* Windows 8 put the catalog administrator behind what Windows 7 knows; without it SHA-256 members are not found (MSDN,
   WINTRUST_CATALOG_INFO). */
struct catalog_info {
  WINTRUST_CATALOG_INFO known;
  HCATADMIN admin;
};

static GUID verify_action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
static const GUID driver_action = DRIVER_ACTION_VERIFY;

struct state_images *state_images_open(struct state_ask *q)
{
  struct state_images *const i = hk_new(&q->arena, struct state_images, 1);
  if (i == NULL) return NULL;
  i->q = q;
  i->v = hk_new(&q->arena, struct image, MOST_IMAGES);
  i->block = hk_new(&q->arena, uint8_t, BLOCK_BYTES);
  return i->v == NULL || i->block == NULL ? NULL : i;
}

/* ---- hash --------------------------------------------------------------------------------------------------------------------- */

static bool digest(struct state_images *i, HANDLE h, struct image *m)
{
  struct hk_sha256 sha;
  uint8_t out[HK_SHA256_SIZE];
  DWORD got = 1;
  hk_sha256_init(&sha);
  while (got > 0) {
    if (!ReadFile(h, i->block, BLOCK_BYTES, &got, NULL) || m->size_bytes > FILE_BYTES_MAX || state_late(i->q)) return false;
    hk_sha256_add(&sha, i->block, got);
    m->size_bytes += got;
    i->read_bytes += got;
  }
  hk_sha256_end(&sha, out);
  hk_hex(out, sizeof out, m->sha256);
  return true;
}

/* ---- signature ------------------------------------------------------------------------------------------------------------------ */

/* The provider data belong to the state handle and go with it. */
static hk_str signer_of(struct hk_arena *a, HANDLE state)
{
  STATE_FUNCTION("wintrust.dll", WTHelperProvDataFromStateData);
  STATE_FUNCTION("wintrust.dll", WTHelperGetProvSignerFromChain);
  STATE_FUNCTION("crypt32.dll", CertGetNameStringW);
  const hk_str none = {.p = NULL, .n = 0};
  WCHAR name[256];
  if (WTHelperProvDataFromStateData_ == NULL || WTHelperGetProvSignerFromChain_ == NULL || CertGetNameStringW_ == NULL) return none;
  CRYPT_PROVIDER_DATA *const data = WTHelperProvDataFromStateData_(state);
  if (data == NULL) return none;
  CRYPT_PROVIDER_SGNR *const signer = WTHelperGetProvSignerFromChain_(data, 0, FALSE, 0);
  if (signer == NULL || signer->csCertChain == 0 || signer->pasCertChain == NULL || signer->pasCertChain[0].pCert == NULL) return none;
  const DWORD n = CertGetNameStringW_(signer->pasCertChain[0].pCert, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, 256);
  return n > 1 && n <= 256 ? os_narrow(a, name, n - 1) : none;
}

/* Verify, look at the signer, and let the state go whatever the answer was. */
static void verify(struct state_images *i, WINTRUST_DATA *d, struct image *m)
{
  STATE_FUNCTION("wintrust.dll", WinVerifyTrust);
  if (WinVerifyTrust_ == NULL) return;
  d->cbStruct = sizeof *d;
  d->dwUIChoice = WTD_UI_NONE;
  d->fdwRevocationChecks = WTD_REVOKE_NONE;
  d->dwStateAction = WTD_STATEACTION_VERIFY;
  d->dwProvFlags = WTD_CACHE_ONLY_URL_RETRIEVAL | WTD_REVOCATION_CHECK_NONE;
  m->trust = WinVerifyTrust_(INVALID_HANDLE_VALUE, &verify_action, d);
  m->has_trust = true;
  m->signer = signer_of(&i->q->arena, d->hWVTStateData);
  d->dwStateAction = WTD_STATEACTION_CLOSE;
  (void)WinVerifyTrust_(INVALID_HANDLE_VALUE, &verify_action, d);
}

static void verify_by_catalog(struct state_images *i, HCATADMIN admin, HCATINFO found, HANDLE h, hk_str path, BYTE *hash, DWORD n,
                              struct image *m)
{
  STATE_FUNCTION("wintrust.dll", CryptCATCatalogInfoFromContext);
  CATALOG_INFO info = {.cbStruct = sizeof info};
  WCHAR tag[2 * CATALOG_HASH_MAX + 1];
  char hex[2 * CATALOG_HASH_MAX + 1];
  if (CryptCATCatalogInfoFromContext_ == NULL || !CryptCATCatalogInfoFromContext_(found, &info, 0)) return;
  hk_hex(hash, n, hex);
  for (size_t k = 0; k <= 2 * (size_t)n; k++) tag[k] = (WCHAR)(hex[k] >= 'a' && hex[k] <= 'f' ? hex[k] - 32 : hex[k]);
  struct catalog_info c = {.known = {.cbStruct = n == 20 ? sizeof c.known : sizeof c,
                                     .pcwszCatalogFilePath = info.wszCatalogFile,
                                     .pcwszMemberTag = tag, /* the hash in capitals */
                                     .pcwszMemberFilePath = os_wide(&i->q->arena, path),
                                     .hMemberFile = h,
                                     .pbCalculatedFileHash = hash,
                                     .cbCalculatedFileHash = n},
                           .admin = admin};
  WINTRUST_DATA d = {.dwUnionChoice = WTD_CHOICE_CATALOG};
  d.pCatalog = &c.known;
  verify(i, &d, m);
  m->catalog = os_narrow(&i->q->arena, info.wszCatalogFile, SIZE_MAX);
}

/* Windows 8 and later keep catalogs by SHA-256, all of them by SHA-1, too. `algorithm` NULL: SHA-1, by the older call. */
static bool ask_catalogs(struct state_images *i, HANDLE h, hk_str path, const WCHAR *algorithm, struct image *m)
{
  STATE_FUNCTION("wintrust.dll", CryptCATAdminAcquireContext);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminAcquireContext2);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminCalcHashFromFileHandle);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminCalcHashFromFileHandle2);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminEnumCatalogFromHash);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminReleaseCatalogContext);
  STATE_FUNCTION("wintrust.dll", CryptCATAdminReleaseContext);
  const bool newer = algorithm != NULL;
  BYTE hash[CATALOG_HASH_MAX];
  DWORD n = sizeof hash;
  HCATADMIN admin = NULL;
  if (newer ? CryptCATAdminAcquireContext2_ == NULL || CryptCATAdminCalcHashFromFileHandle2_ == NULL
            : CryptCATAdminAcquireContext_ == NULL || CryptCATAdminCalcHashFromFileHandle_ == NULL)
    return false;
  if (CryptCATAdminEnumCatalogFromHash_ == NULL || CryptCATAdminReleaseCatalogContext_ == NULL ||
      CryptCATAdminReleaseContext_ == NULL)
    return false;
  if (!(newer ? CryptCATAdminAcquireContext2_(&admin, &driver_action, algorithm, NULL, 0)
              : CryptCATAdminAcquireContext_(&admin, &driver_action, 0)))
    return false;
  const bool hashed = newer ? CryptCATAdminCalcHashFromFileHandle2_(admin, h, &n, hash, 0)
                            : CryptCATAdminCalcHashFromFileHandle_(h, &n, hash, 0);
  if (hashed && n <= sizeof hash) {
    const HCATINFO found = CryptCATAdminEnumCatalogFromHash_(admin, hash, n, 0, NULL);
    if (found != NULL) {
      verify_by_catalog(i, admin, found, h, path, hash, n, m);
      (void)CryptCATAdminReleaseCatalogContext_(admin, found, 0);
    }
  }
  (void)CryptCATAdminReleaseContext_(admin, 0);
  return hashed;
}

static void ask_signature(struct state_images *i, HANDLE h, hk_str path, struct image *m)
{
  WINTRUST_FILE_INFO f = {.cbStruct = sizeof f, .pcwszFilePath = os_wide(&i->q->arena, path), .hFile = h};
  WINTRUST_DATA d = {.dwUnionChoice = WTD_CHOICE_FILE};
  d.pFile = &f;
  if (f.pcwszFilePath == NULL) return;
  verify(i, &d, m);
  if (!m->has_trust || m->trust != TRUST_E_NOSIGNATURE) return;
  const bool by_256 = ask_catalogs(i, h, path, L"SHA256", m);
  const bool by_1 = m->catalog.n == 0 && ask_catalogs(i, h, path, NULL, m);
  m->catalog_asked = by_256 || by_1;
}

/* ---- one image -------------------------------------------------------------------------------------------------------------------- */

/* On this PC, and its content, too: nothing is read over a network or out of the cloud. */
static const char *why_not(struct hk_arena *a, hk_str path)
{
  struct os_info info;
  const WCHAR *const w = os_wide(a, hk_str_sub(path, 0, 3));
  if (w == NULL || path.n < 4 || path.p[1] != ':' || GetDriveTypeW(w) == DRIVE_REMOTE) return "not on a drive of this PC";
  if (os_stat(path, &info).code != HK_OK) return "the file is not there any more, or may not be opened";
  return (info.attributes & OS_CLOUD_ATTRIBUTES) != 0 ? "its content is in the cloud" : NULL;
}

static void look_at(struct state_images *i, hk_str path, struct image *m)
{
  WCHAR *w = NULL;
  m->missing = why_not(&i->q->arena, path);
  if (m->missing == NULL && (state_late(i->q) || i->read_bytes > ALL_BYTES_MAX)) m->missing = "no time or room left";
  if (m->missing != NULL || os_wide_path(&i->q->arena, path, &w).code != HK_OK) return;
  const HANDLE h = CreateFileW(w, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                               FILE_FLAG_SEQUENTIAL_SCAN, NULL);
  if (h == INVALID_HANDLE_VALUE) {
    m->missing = "the file may not be opened";
    return;
  }
  if (digest(i, h, m)) {
    const LARGE_INTEGER start = {.QuadPart = 0};
    if (SetFilePointerEx(h, start, NULL, FILE_BEGIN)) ask_signature(i, h, path, m);
  } else {
    m->missing = "the file could not be read whole";
    m->sha256[0] = 0;
  }
  CloseHandle(h);
}

static struct image *place_of(struct state_images *i, hk_str path, bool *fresh)
{
  const hk_str folded = hk_str_fold(&i->q->arena, path);
  uint32_t h = 2166136261u; /* FNV-1a */
  for (size_t k = 0; k < folded.n; k++) h = (h ^ (unsigned char)folded.p[k]) * 16777619u;
  for (size_t at = h % MOST_IMAGES;; at = (at + 1) % MOST_IMAGES) {
    struct image *const m = &i->v[at];
    *fresh = m->folded.p == NULL;
    if (!*fresh && hk_str_eq(m->folded, folded)) return m;
    if (!*fresh) continue;
    if (i->n == MOST_IMAGES / 2 || folded.p == NULL) return NULL;
    i->n++;
    m->folded = folded;
    return m;
  }
}

void state_image(struct state_images *i, hk_str path)
{
  bool fresh = false;
  if (i == NULL || path.n == 0) return;
  struct image *const m = place_of(i, path, &fresh);
  struct state_out *const o = &i->q->out;
  if (m == NULL) {
    state_str(o, "image_missing", HK_S("too many programs"));
    return;
  }
  if (fresh) look_at(i, path, m);
  if (m->missing != NULL) state_str(o, "image_missing", hk_str_of(m->missing));
  if (m->sha256[0] == 0) return;
  state_uint(o, "file_size", m->size_bytes);
  state_str(o, "sha256", hk_str_of(m->sha256));
  if (m->has_trust) state_int(o, "trust", m->trust);
  if (m->has_trust) state_bool(o, "catalogs_asked", m->catalog_asked);
  state_str(o, "signer", m->signer);
  state_str(o, "catalog", m->catalog);
}
