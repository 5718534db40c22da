/* By half bytes: a few hundred kilobytes an image are summed, once. */
#include "source/disk/crc32c.h"

static uint32_t add(uint32_t crc, uint8_t byte)
{
  /* What a half byte leaves in the reflected polynomial 0x82F63B78. */
  static const uint32_t left[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
                                    0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
  crc ^= byte;
  crc = crc >> 4 ^ left[crc & 15];
  return crc >> 4 ^ left[crc & 15];
}

uint32_t hk_crc32c_of_sealed(const uint8_t *p, size_t n, size_t sum_at)
{
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < n; i++) crc = add(crc, i >= sum_at && i - sum_at < 4 ? 0 : p[i]);
  return ~crc;
}

uint32_t hk_crc32c(const uint8_t *p, size_t n)
{
  return hk_crc32c_of_sealed(p, n, SIZE_MAX);
}
