/* The drive a metadata file ($MFT, $UsnJrnl) speaks of. */
#ifndef MODULES_LIB_DRIVE_H
#define MODULES_LIB_DRIVE_H

#include "base/str.h"

/* "C:" of "C:\$MFT", and of the same in a shadow copy ("\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopyC{id}\$MFT"): what it says, it says of
   the drive. "" when the path tells no drive. Part of `path`, or static. */
hk_str drive_of(hk_str path);

#endif
