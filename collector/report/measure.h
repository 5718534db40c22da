/* How wide text is in a picture: SVG does not wrap. Widths are in hundredths of an em. */
#ifndef HK_REPORT_MEASURE_H
#define HK_REPORT_MEASURE_H

#include "base/str.h"

unsigned hk_measure(hk_str s);
/* Breaks s into at most max_lines lines of `width`: at spaces for Latin, anywhere for CJK, never before closing
   punctuation. What does not fit ends in "…". Lines are views on s or, the cut one, in the arena. Returns how many. */
size_t hk_measure_wrap(struct hk_arena *a, hk_str s, unsigned width, hk_str *lines, size_t max_lines);
/* Shortened in the middle so that the ends (the extension) stay. */
hk_str hk_measure_middle(struct hk_arena *a, hk_str s, unsigned width);

#endif
