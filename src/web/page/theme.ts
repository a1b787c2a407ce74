import { h, s } from "./dom.ts";

/** Light, dark, or as the system has it. */
type Theme = "system" | "light" | "dark";

const KEY = "spectrahedron-theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];
const NAMES: Readonly<Record<Theme, string>> = { system: "System colours", light: "Light", dark: "Dark" };
const PATHS: Readonly<Record<Theme, string>> = {
  system: "M3 4h14v9H3zM7 17h6M10 13v4",
  light: "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4",
  dark: "M16.5 12.2A7 7 0 1 1 7.8 3.5a5.6 5.6 0 0 0 8.7 8.7z",
};

/** A button that goes through system, light and dark; the choice is kept in this browser. */
export function themeButton(): HTMLButtonElement {
  const path = s("path", { fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linejoin": "round", "stroke-linecap": "round" });
  const icon = s("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, path);
  const button = h("button", { type: "button", class: "icon-button" }, icon);
  let theme = stored();
  const show = (): void => {
    apply(theme);
    path.setAttribute("d", PATHS[theme]);
    const label = `Colours: ${NAMES[theme]}. Change to ${NAMES[next(theme)]}.`;
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.addEventListener("click", () => {
    theme = next(theme);
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage may be switched off: the choice then lasts for this visit.
    }
    show();
  });
  show();
  return button;
}

function next(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return ORDER.find((theme) => theme === value) ?? "system";
  } catch {
    return "system";
  }
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
