/* There is no running Windows to ask here. */
#include "os/state.h"

size_t os_state_count(void)
{
  return 0;
}

const char *os_state_name(size_t topic)
{
  (void)topic;
  return "";
}

hk_err os_state_open(struct os_state **out)
{
  (void)out;
  return hk_fail(HK_UNSUPPORTED, "ask for the state of this PC: it is not Windows", HK_NO_OFFSET);
}

hk_err os_state_ask(struct os_state *s, size_t topic, bool (*stop)(void), struct hk_buf *out, hk_time *asked_at)
{
  (void)s;
  (void)topic;
  (void)stop;
  (void)out;
  (void)asked_at;
  return hk_fail(HK_UNSUPPORTED, "ask for the state of this PC: it is not Windows", HK_NO_OFFSET);
}

void os_state_close(struct os_state *s)
{
  (void)s;
}
