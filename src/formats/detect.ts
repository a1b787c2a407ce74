import type { FormatName } from "./read-options.ts";

/** The format that a file's name says, or undefined. */
export function formatByName(name: string): FormatName | undefined {
  const base = name.toLowerCase().replace(/\.gz$/, "");
  if (/\.(dat-s|sdpa|sdp)$/.test(base)) return "sdpa";
  if (base.endsWith(".cbf")) return "cbf";
  if (/\.(mps|qps)$/.test(base)) return "mps";
  if (base.endsWith(".json")) return "json";
  return undefined;
}

/** The format that the beginning of a file looks like. Anything that is no other format is taken for SDPA. */
export function formatByContent(head: Uint8Array): FormatName {
  const text = new TextDecoder("latin1").decode(head.subarray(0, 4096)).replace(/^\u00ef\u00bb\u00bf/, "");
  if (/^\s*\{\s*("|\}|$)/.test(text)) return "json";
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || /^\s*[#*"]/.test(line)) continue;
    if (/^\s*VER\s*$/.test(line)) return "cbf";
    if (/^(NAME|ROWS|OBJSENSE)\b/i.test(line)) return "mps";
    return "sdpa";
  }
  return "sdpa";
}
