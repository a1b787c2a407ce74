/** `512 B`, `1.5 MiB`, `12 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(value < 1000 ? 3 : 4))} ${units[unit]}`;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  ...Object.fromEntries(["K", "M", "G", "T"].flatMap((p, k) => [[`${p}B`, 1000 ** (k + 1)], [`${p}iB`, 1024 ** (k + 1)]])),
};

/** Bytes of `8 GiB`, `1.5MB`, `512`; NaN for what is no size. */
export function parseBytes(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B?)\s*$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit ?? ""] ?? NaN);
}
