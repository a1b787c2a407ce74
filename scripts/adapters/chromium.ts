import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder, unpackOnce } from "./unpack.ts";

/** A browser that can be launched headless, with what its process needs to start. */
export interface Browser {
  readonly source: "PUPPETEER_EXECUTABLE_PATH" | "system" | "@sparticuz/chromium";
  readonly executable: string;
  /** Added to the environment of the browser's process. */
  readonly environment: Readonly<Record<string, string>>;
}

const SYSTEM_BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Flags for WebGPU without a GPU; every one is needed when run as root on a machine without a display. */
export const WEBGPU_FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--disable-dev-shm-usage"] as const;

/** The first browser found: PUPPETEER_EXECUTABLE_PATH, the system's Chromium, the one inside @sparticuz/chromium. */
export function findBrowser(): Browser | undefined {
  const named = process.env["PUPPETEER_EXECUTABLE_PATH"];
  if (named !== undefined && existsSync(named)) {
    return { source: "PUPPETEER_EXECUTABLE_PATH", executable: named, environment: {} };
  }
  const system = SYSTEM_BROWSERS.find((path) => existsSync(path));
  if (system !== undefined) return { source: "system", executable: system, environment: {} };
  return unpackedBrowser();
}

function unpackedBrowser(): Browser | undefined {
  const folder = packageFolder("@sparticuz/chromium");
  if (folder === undefined || process.platform !== "linux" || process.arch !== "x64") return undefined;
  const archives = ["chromium.br", "swiftshader.tar.br", "al2023.tar.br", "fonts.tar.br"];
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const unpacked = unpackOnce(`chromium-${version}`, archives.map((file) => join(folder, "bin", file)));
  return {
    source: "@sparticuz/chromium",
    executable: join(unpacked, "chromium"),
    environment: {
      LD_LIBRARY_PATH: [unpacked, join(unpacked, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
      FONTCONFIG_PATH: unpacked,
    },
  };
}

/** The folder with a SwiftShader Vulkan driver (libvk_swiftshader.so, its ICD file), from a browser found here. */
export function findSwiftShader(): string | undefined {
  const holds = (folder: string): boolean => existsSync(join(folder, "vk_swiftshader_icd.json"));
  const browser = unpackedBrowser();
  const folders = ["/usr/lib/chromium", ...(browser === undefined ? [] : [dirname(browser.executable)])];
  return folders.find(holds);
}
