/* Shadow copies as more volumes of a source. What is asked for is asked again in each of them, newest first; their files have paths of
   their own, so that nothing in them passes for what is on the PC now. A file that cannot be read where it lies is read from the newest
   shadow copy that has it. */
#ifndef HK_SOURCE_SHADOWS_H
#define HK_SOURCE_SHADOWS_H

#include "source/source.h"

enum hk_shadow_mode { HK_SHADOWS_NONE, HK_SHADOWS_LATEST, HK_SHADOWS_ALL };

/* Each shadow copy costs a look at its $MFT and reading what changed; a server may have hundreds. */
#define HK_SHADOWS_MOST 64u
#define HK_SHADOWS_BUDGET_MS (UINT64_C(30) * 60 * 1000)

struct hk_shadow_wish {
  enum hk_shadow_mode mode; /* LATEST: the newest of each volume that can be opened */
  size_t most;              /* of all volumes together, newest first */
  uint64_t budget_ms;       /* for looking and for reading in them, together */
  uint64_t (*now_ms)(void); /* NULL: os_monotonic_ms */
};

/* Takes `base` over, also on failure. *out is `base` itself where it knows no shadow copies or none are wanted and there are none to speak
   of. Its `shadows` tells of every one, with what became of it: HK_SKIPPED not asked for, HK_LIMIT too many or too late. */
hk_err hk_source_with_shadows(struct hk_source *base, const struct hk_shadow_wish *choice, struct hk_source **out);

/* "\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopyC{guid}": Windows' form, with the drive's letter and vssadmin's id where Windows has a number
   that means nothing after the next boot, and on an image none. */
#define HK_SHADOW_DEVICE_SIZE 96
void hk_shadow_device(const struct hk_shadow *x, char out[HK_SHADOW_DEVICE_SIZE]);
/* Takes such a path apart: device without a last separator, letter, "\Users\x". False: it lies in no shadow copy of that form. */
bool hk_shadow_split(hk_str path, hk_str *device, char *letter, hk_str *rest);

#endif
