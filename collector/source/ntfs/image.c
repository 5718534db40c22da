/* Opening images: the disk in its container, the volumes on it, their letters. */
#include "source/ntfs/image.h"

#include <stdlib.h>
#include <string.h>

#define MOST_VOLUMES 26

static void unmount(struct hk_ntfs_mounted *m)
{
  hk_ntfs_shadows_close(m->shadows);
  hk_ntfs_list_close(m->list);
  hk_ntfs_secure_done(&m->secure);
  hk_ntfs_mft_close(&m->mft);
}

/* In place: the $MFT keeps a pointer to its volume. */
static hk_err mount(struct hk_ntfs_device *d, uint64_t start, struct hk_ntfs_mounted *m)
{
  *m = (struct hk_ntfs_mounted){.letter = 0};
  hk_ntfs_secure_init(&m->secure);
  HK_TRY(hk_ntfs_volume_open(d, start, &m->volume));
  HK_TRY(hk_ntfs_mft_open(&m->volume, &m->mft));
  const hk_err e = hk_ntfs_list_open(&m->mft, &m->list);
  if (e.code != HK_OK) {
    unmount(m);
    return e;
  }
  /* Without owners a listing is still a listing; the counts say what was lost. */
  const hk_err owners = hk_ntfs_secure_load(&m->secure, &m->mft);
  if (owners.code != HK_OK && owners.code != HK_ABSENT) m->secure.n_damaged++;
  return hk_ok();
}

void hk_ntfs_image_close(struct hk_ntfs_image *i)
{
  if (i == NULL) return;
  for (size_t k = 0; k < i->n; k++) unmount(&i->v[k]);
  free(i->v);
  free(i->lone);
  if (i->disk != NULL) i->disk->close(i->disk);
  if (i->owned != NULL) i->close_owned(i->owned);
  free(i);
}

static size_t child_of(const struct hk_ntfs_tree *t, size_t parent, hk_str name)
{
  for (size_t i = 0; i < t->n; i++)
    if (t->v[i].in_use && hk_str_ieq(t->v[i].name, name) && hk_ntfs_tree_parent(t, t->v[i].parent) == parent) return i;
  return HK_NTFS_NO_DIRECTORY;
}

static bool has_windows(const struct hk_ntfs_mounted *m)
{
  const struct hk_ntfs_tree *const t = hk_ntfs_list_tree(m->list);
  const size_t root = hk_ntfs_tree_find(t, HK_NTFS_ROOT);
  const size_t windows = root == HK_NTFS_NO_DIRECTORY ? root : child_of(t, root, HK_S("Windows"));
  return windows != HK_NTFS_NO_DIRECTORY && child_of(t, windows, HK_S("System32")) != HK_NTFS_NO_DIRECTORY;
}

static void give_letters(struct hk_ntfs_image *i)
{
  size_t system = 0;
  for (size_t k = i->n; k > 0; k--)
    if (has_windows(&i->v[k - 1])) system = k - 1;
  char next = 'D';
  for (size_t k = 0; k < i->n; k++) i->v[k].letter = k == system ? 'C' : next++;
}

static hk_err mount_all(struct hk_ntfs_image *i, const struct hk_partitions *parts)
{
  i->v = calloc(MOST_VOLUMES - 2, sizeof *i->v);
  if (i->v == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  for (size_t k = 0; k < parts->n && i->n < MOST_VOLUMES - 2; k++) {
    if (parts->v[k].kind == HK_NTFS_BITLOCKER) i->n_locked++;
    if (parts->v[k].kind != HK_NTFS_VOLUME) continue;
    const hk_err e = mount(&i->device, parts->v[k].start_bytes, &i->v[i->n]);
    if (e.code == HK_OK)
      i->n++;
    else if (i->damaged.code == HK_OK)
      i->damaged = e;
  }
  if (i->n > 0) return hk_ok();
  if (i->n_locked > 0) return hk_fail(HK_DENIED, "open the volume: locked by BitLocker; unlock it or give its key first", HK_NO_OFFSET);
  return i->damaged.code != HK_OK ? i->damaged : hk_fail(HK_ABSENT, "find an NTFS volume", HK_NO_OFFSET);
}

static bool has_volume(const struct hk_partitions *p)
{
  for (size_t k = 0; k < p->n; k++)
    if (p->v[k].kind != HK_NTFS_OTHER) return true;
  return false;
}

static hk_err find_volumes(struct hk_ntfs_image *i)
{
  struct hk_partitions *const parts = calloc(1, sizeof *parts);
  if (parts == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  hk_err e = hk_partitions_read(&i->device, parts);
  /* A table counts in sectors, and does not say how large they are. */
  if (!has_volume(parts) && i->device.sector_bytes == 512) {
    i->device.sector_bytes = 4096;
    if (hk_partitions_read(&i->device, parts).code == HK_OK && has_volume(parts))
      e = hk_ok();
    else
      i->device.sector_bytes = 512;
  }
  if (e.code == HK_OK) e = mount_all(i, parts);
  free(parts);
  return e;
}

/* With `close` the image takes the bytes over, also when it fails. */
static hk_err open_image(struct hk_bytes *bytes, void (*close)(struct hk_bytes *), hk_str path, bool device, struct hk_ntfs_image **out)
{
  struct hk_ntfs_image *const i = calloc(1, sizeof *i);
  if (i == NULL) {
    if (close != NULL) close(bytes);
    return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  }
  i->owned = close == NULL ? NULL : bytes;
  i->close_owned = close;
  /* 4096 is right for a device of either kind of sector, while partition tables count in their own. */
  i->device = (struct hk_ntfs_device){.bytes = bytes, .sector_bytes = device ? 4096 : 512};
  hk_err e = device ? hk_ok() : hk_disk_open(bytes, path, &i->disk);
  if (i->disk != NULL) {
    i->device.bytes = &i->disk->bytes;
    i->damaged = i->disk->lost;
  }
  if (e.code == HK_OK || e.code == HK_ABSENT) e = find_volumes(i);
  if (e.code != HK_OK) {
    hk_ntfs_image_close(i);
    return e;
  }
  give_letters(i);
  *out = i;
  return hk_ok();
}

hk_err hk_ntfs_image_open_bytes(struct hk_bytes *bytes, struct hk_ntfs_image **out)
{
  return open_image(bytes, NULL, hk_str_of(""), false, out);
}

hk_err hk_ntfs_image_open(hk_str path, struct hk_ntfs_image **out)
{
  char device[8] = "\\\\.\\?:";
  const bool drive = path.n == 2 && hk_is_letter(path.p[0]) && path.p[1] == ':';
  if (drive) device[4] = path.p[0];
  const hk_str real = drive ? hk_str_of(device) : path;
  const bool is_device = real.n == 6 && hk_str_starts(real, HK_S("\\\\.\\")) && hk_is_letter(real.p[4]) && real.p[5] == ':';
  struct hk_bytes *bytes = NULL;
  HK_TRY(hk_disk_file_open(real, &bytes));
  struct hk_ntfs_image *i = NULL;
  HK_TRY(open_image(bytes, hk_disk_file_close, real, is_device, &i));
  /* What stands inside a volume of another file system is not that volume. */
  if (is_device && (i->n != 1 || i->v[0].volume.start_bytes != 0)) {
    hk_ntfs_image_close(i);
    return hk_fail(HK_ABSENT, "find an NTFS volume", HK_NO_OFFSET);
  }
  if (is_device) i->v[0].letter = (char)(real.p[4] & ~0x20);
  *out = i;
  return hk_ok();
}

hk_err hk_ntfs_image_shadows(const struct hk_ntfs_image *i, size_t k, struct hk_ntfs_shadows **out)
{
  struct hk_ntfs_shadow_home home, other;
  const struct hk_ntfs_volume *storage = NULL;
  if (i->lone != NULL) return hk_fail(HK_ABSENT, "find shadow copies in a copied $MFT", HK_NO_OFFSET);
  HK_TRY(hk_ntfs_shadow_home(&i->v[k].volume, &home));
  for (size_t o = 0; o < i->n && memcmp(home.volume_id, home.storage_id, sizeof home.volume_id) != 0; o++)
    if (o != k && hk_ntfs_shadow_home(&i->v[o].volume, &other).code == HK_OK && memcmp(other.volume_id, home.storage_id, sizeof other.volume_id) == 0)
      storage = &i->v[o].volume;
  return hk_ntfs_shadows_open(&i->v[k].volume, storage, out);
}

hk_err hk_ntfs_image_open_shadow(struct hk_ntfs_shadows *s, size_t n, char letter, struct hk_ntfs_image **out)
{
  struct hk_bytes *bytes = NULL;
  HK_TRY(hk_ntfs_shadow_open(s, n, &bytes));
  HK_TRY(open_image(bytes, hk_ntfs_shadow_close, hk_str_of(""), false, out));
  if ((*out)->n == 1) (*out)->v[0].letter = letter;
  return hk_ok();
}

static hk_err mount_lone(struct hk_ntfs_image *i)
{
  i->lone = calloc(1, sizeof *i->lone);
  i->v = calloc(1, sizeof *i->v);
  if (i->lone == NULL || i->v == NULL) return hk_fail(HK_MEMORY, "open a copied $MFT", HK_NO_OFFSET);
  HK_TRY(hk_ntfs_lone_open(i->owned, i->lone));
  i->v[0] = (struct hk_ntfs_mounted){.letter = 'C', .volume = i->lone->volume, .mft = {.volume = &i->lone->volume}};
  hk_ntfs_secure_init(&i->v[0].secure);
  HK_TRY(hk_ntfs_list_open(&i->lone->mft, &i->v[0].list));
  i->n = 1;
  return hk_ok();
}

hk_err hk_ntfs_image_open_mft(hk_str path, struct hk_ntfs_image **out)
{
  struct hk_ntfs_image *const i = calloc(1, sizeof *i);
  if (i == NULL) return hk_fail(HK_MEMORY, "open a copied $MFT", HK_NO_OFFSET);
  i->close_owned = hk_disk_file_close;
  hk_err e = hk_disk_file_open(path, &i->owned);
  if (e.code == HK_OK) e = mount_lone(i);
  if (e.code != HK_OK) {
    hk_ntfs_image_close(i);
    return e;
  }
  *out = i;
  return hk_ok();
}

hk_str hk_ntfs_item_owner(struct hk_ntfs_mounted *m, const struct hk_ntfs_item *item, char sid[HK_SID_SIZE])
{
  const hk_str known = hk_ntfs_secure_owner(&m->secure, item->has_standard ? item->standard.security_id : 0);
  if (known.n > 0) return known;
  if (item->descriptor.size > 0) return hk_ntfs_descriptor_owner(item->descriptor, sid) ? hk_str_of(sid) : hk_str_of("");
  if (!item->descriptor_elsewhere) return hk_str_of("");
  struct hk_ntfs_file f;
  struct hk_ntfs_stream s;
  uint8_t bytes[4096];
  size_t got = 0;
  if (hk_ntfs_file_open(&m->mft, item->record, &f).code != HK_OK) return hk_str_of("");
  hk_err e = hk_ntfs_file_stream(&f, HK_NTFS_SECURITY_DESCRIPTOR, hk_str_of(""), &s);
  hk_ntfs_file_close(&f);
  if (e.code != HK_OK) return hk_str_of("");
  e = s.bytes.read_at(&s.bytes, 0, bytes, sizeof bytes, &got);
  hk_ntfs_stream_done(&s);
  return e.code == HK_OK && hk_ntfs_descriptor_owner(hk_cur_over(bytes, got), sid) ? hk_str_of(sid) : hk_str_of("");
}
