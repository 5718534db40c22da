/* One function a format; disk.c asks them in order. */
#ifndef HK_SOURCE_DISK_FORMATS_H
#define HK_SOURCE_DISK_FORMATS_H

#include "source/disk/disk.h"

hk_disk_open_fn hk_qcow2_open;
hk_disk_open_fn hk_vhdx_open;
hk_disk_open_fn hk_vhd_open;
hk_disk_open_fn hk_vmdk_open;
hk_disk_open_fn hk_vdi_open;
hk_disk_open_fn hk_ewf_open; /* E01, S01; what is damaged or missing of it is told in `lost`, the rest can be read */

#endif
