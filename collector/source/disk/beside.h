/* Files that a container names. The container is evidence: a name in it opens a plain file in the container's own folder or nothing, never
   a path, a share, a drive, a device or what a link leads to. */
#ifndef HK_SOURCE_DISK_BESIDE_H
#define HK_SOURCE_DISK_BESIDE_H

#include "source/disk/disk.h"

/* A name of a file and nothing else, on Windows as on other systems. */
bool hk_disk_name_is_plain(hk_str name);
/* The file of that name beside `path`; closed with hk_disk_file_close. HK_REFUSED: the name or what bears it is no plain file;
   HK_TRUNCATED: it is not there, so that half the container is missing; others as it could not be opened. Never HK_ABSENT. */
hk_err hk_disk_open_beside(hk_str path, hk_str name, struct hk_bytes **out);
/* The same of the file that is called as `path` is, with that ending for its extension: "-flat.vmdk" and "a/disk.vmdk" give
   "a/disk-flat.vmdk". */
hk_err hk_disk_open_called_after(hk_str path, hk_str ending, struct hk_bytes **out);

#endif
