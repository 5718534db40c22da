/* What is known of the machine, its clock, the program and the person. */
#include "run/custody.h"

#include "os/os.h"
#include "run/host.h"
#include "run/ntp.h"

/* "+5.250": seconds with three decimals. */
static hk_str seconds(struct hk_arena *a, hk_time t)
{
  const uint64_t ms = (uint64_t)(t < 0 ? -t : t) / (HK_SECOND / 1000);
  return hk_str_printf(a, "%c%llu.%03llu", t < 0 ? '-' : '+', (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000));
}

static void ask_clock(hk_str server, struct hk_arena *a, struct hk_case *out)
{
  hk_time offset = 0;
  hk_time delay = 0;
  out->ntp_server = server;
  const hk_err e = hk_ntp_ask(server, &offset, &delay);
  if (e.code != HK_OK) {
    out->clock_note = hk_str_printf(a, "%s: %s", hk_code_name(e.code), e.step);
    return;
  }
  const hk_str trip = seconds(a, delay);
  out->clock_offset = seconds(a, offset);
  out->clock_note = hk_str_printf(a, "round trip %.*s s", (int)(trip.n - 1), trip.p + 1);
}

void hk_run_custody(const struct hk_options *o, struct hk_arena *a, struct hk_case *out)
{
  const hk_str none = HK_S("");
  *out = (struct hk_case){.host = none,
                          .host_id = none,
                          .case_id = o->case_id,
                          .operator_name = o->operator_name.n != 0 ? o->operator_name : os_user_name(a),
                          .reason = o->reason,
                          .command_line = o->command_line,
                          .tool_version = HK_S(HK_VERSION),
                          .tool_sha256 = hk_run_self_sha256(a),
                          .utc_offset_minutes = os_utc_offset_minutes(),
                          .machine = os_host_name(a),
                          .machine_os = os_version(a),
                          .booted_at = os_boot_time(),
                          .time_zone = os_time_zone(a),
                          .ntp_server = none,
                          .clock_offset = none,
                          .clock_note = none};
  if (o->ntp.n != 0) ask_clock(o->ntp, a, out);
}
