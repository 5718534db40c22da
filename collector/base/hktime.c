/* FILETIME arithmetic and ISO 8601, without the C library's time zone. */
#include "base/hktime.h"

hk_time hk_time_from_filetime(uint64_t filetime)
{
  return filetime > (uint64_t)HK_TIME_MAX ? HK_TIME_UNKNOWN : (hk_time)filetime;
}

hk_time hk_time_from_unix(int64_t seconds, uint32_t nanoseconds)
{
  const int64_t lowest = -HK_UNIX_EPOCH / HK_SECOND;
  const int64_t highest = (HK_TIME_MAX - HK_UNIX_EPOCH) / HK_SECOND;
  if (seconds < lowest || seconds >= highest) return HK_TIME_UNKNOWN;
  return HK_UNIX_EPOCH + seconds * HK_SECOND + nanoseconds / 100;
}

int64_t hk_time_to_unix_us(hk_time t)
{
  return t == HK_TIME_UNKNOWN ? 0 : (t - HK_UNIX_EPOCH) / 10;
}

/* Days since 1601-01-01 to a civil date: 400-year cycles begin on 1601-01-01, so every division is of whole cycles. */
struct hk_civil hk_time_civil(hk_time t)
{
  struct hk_civil c = {0};
  int64_t days = t / HK_DAY;
  int64_t rest = t % HK_DAY;
  if (rest < 0) {
    rest += HK_DAY;
    days--;
  }
  int64_t era = days / 146097;
  int64_t day_of_era = days % 146097;
  if (day_of_era < 0) {
    day_of_era += 146097;
    era--;
  }
  const int64_t century = day_of_era / 36524 > 3 ? 3 : day_of_era / 36524;
  const int64_t day_of_century = day_of_era - century * 36524;
  const int64_t four = day_of_century / 1461;
  const int64_t day_of_four = day_of_century - four * 1461;
  const int64_t one = day_of_four / 365 > 3 ? 3 : day_of_four / 365;
  const int day = (int)(day_of_four - one * 365);
  c.year = (int)(1601 + era * 400 + century * 100 + four * 4 + one);
  const bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
  static const short begin[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                     {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};
  c.month = day / 32; /* or the month after that */
  if (day >= begin[leap][c.month + 1]) c.month++;
  c.day = day - begin[leap][c.month] + 1;
  c.month++;
  c.hour = (int)(rest / HK_HOUR);
  c.minute = (int)(rest / HK_MINUTE % 60);
  c.second = (int)(rest / HK_SECOND % 60);
  c.tick = (int)(rest % HK_SECOND);
  return c;
}

hk_time hk_time_from_civil(const struct hk_civil *c)
{
  static const int before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int64_t y = c->year - 1;
  const bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
  const int64_t days_to_1601 = 584388; /* 0001-01-01 to 1601-01-01 */
  int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - days_to_1601;
  days += before[(c->month - 1) % 12] + (leap && c->month > 2 ? 1 : 0) + c->day - 1;
  return days * HK_DAY + c->hour * HK_HOUR + c->minute * HK_MINUTE + c->second * HK_SECOND + c->tick;
}

/* A listing of a disk writes millions of times. */
static void put_two(char *out, int v)
{
  out[0] = (char)('0' + v / 10);
  out[1] = (char)('0' + v % 10);
}

const char *hk_time_iso(hk_time t, char out[HK_ISO_SIZE])
{
  out[0] = 0;
  if (t == HK_TIME_UNKNOWN || t > HK_TIME_MAX || t < 0) return out;
  const struct hk_civil c = hk_time_civil(t);
  put_two(out, c.year / 100);
  put_two(out + 2, c.year % 100);
  put_two(out + 5, c.month);
  put_two(out + 8, c.day);
  put_two(out + 11, c.hour);
  put_two(out + 14, c.minute);
  put_two(out + 17, c.second);
  out[20] = (char)('0' + c.tick / 1000000);
  put_two(out + 21, c.tick / 10000 % 100);
  put_two(out + 23, c.tick / 100 % 100);
  put_two(out + 25, c.tick % 100);
  out[4] = out[7] = '-';
  out[10] = 'T';
  out[13] = out[16] = ':';
  out[19] = '.';
  out[27] = 'Z';
  out[28] = 0;
  return out;
}

static bool digits(hk_str s, size_t at, size_t n, int *out)
{
  if (at + n > s.n) return false;
  int v = 0;
  for (size_t i = 0; i < n; i++) {
    const char d = s.p[at + i];
    if (d < '0' || d > '9') return false;
    v = v * 10 + (d - '0');
  }
  *out = v;
  return true;
}

static int days_in_month(int year, int month)
{
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool date_and_time(hk_str s, struct hk_civil *c)
{
  return digits(s, 0, 4, &c->year) && digits(s, 5, 2, &c->month) && digits(s, 8, 2, &c->day) && digits(s, 11, 2, &c->hour) &&
         digits(s, 14, 2, &c->minute) && digits(s, 17, 2, &c->second) && s.p[4] == '-' && s.p[7] == '-' &&
         (s.p[10] == 'T' || s.p[10] == ' ') && s.p[13] == ':' && s.p[16] == ':' && c->year >= 1601 && c->month >= 1 &&
         c->month <= 12 && c->day >= 1 && c->day <= days_in_month(c->year, c->month) &&
         c->hour < 24 && c->minute < 60 && c->second < 61;
}

bool hk_time_parse_iso(hk_str s, hk_time *out)
{
  struct hk_civil c = {0};
  if (s.n < 20 || !date_and_time(s, &c)) return false;
  size_t i = 19;
  if (s.p[i] == '.') {
    int scale = 1000000;
    const size_t from = ++i;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
      c.tick += (s.p[i] - '0') * scale;
      scale /= 10;
    }
    if (i == from || i - from > 9) return false;
  }
  int hours = 0;
  int minutes = 0;
  const bool zulu = i + 1 == s.n && s.p[i] == 'Z';
  const bool offset = i + 6 == s.n && (s.p[i] == '+' || s.p[i] == '-') && s.p[i + 3] == ':' && digits(s, i + 1, 2, &hours) &&
                      digits(s, i + 4, 2, &minutes);
  if (!zulu && !offset) return false;
  if (hours > 23 || minutes > 59) return false;
  const int64_t shift = (hours * 60 + minutes) * HK_MINUTE;
  const hk_time t = hk_time_from_civil(&c) - (offset && s.p[i] == '-' ? -shift : shift);
  if (t < 0 || t > HK_TIME_MAX) return false;
  *out = t;
  return true;
}
