// An LLDP frame as a switch sends it (IEEE 802.1AB-2016 section 8), for tests.

export function lldpFrameOf(system: string, port: string): number[] {
  const tlv = (type: number, ...value: number[]): number[] => [(type << 1) | (value.length >> 8), value.length & 255, ...value];
  const text = (value: string): number[] => [...Buffer.from(value)];
  const chassis = [2, 0, 0, 0, 0, 1];
  return [
    ...[0x01, 0x80, 0xc2, 0, 0, 0x0e, ...chassis, 0x88, 0xcc],
    ...tlv(1, 4, ...chassis),
    ...tlv(2, 5, ...text(port)),
    ...tlv(3, 0, 120),
    ...tlv(5, ...text(system)),
    ...tlv(0),
  ];
}
