import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/results.css";
import { App } from "./app.ts";
import { byId } from "./dom.ts";
import { registerOffline } from "./offline/register.ts";
import { openTab, watchTabs } from "./tabs.ts";
import { themeButton } from "./theme.ts";

byId("theme").append(themeButton());
const app = new App();
byId("workbench-view").append(app.element);
watchTabs();
openTab(location.hash);
await app.open(location.hash);
performance.mark("interactive");
// What follows must not delay the first click.
const later = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 50));
later(() => {
  app.inspect();
  registerOffline();
});
