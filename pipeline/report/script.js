"use strict";
// The rollout browser. Texts are only ever set as text, never as HTML.
(() => {
  const byId = (name) => document.getElementById("rollout-" + name);
  if (!byId("data")) return;
  const data = JSON.parse(byId("data").textContent);
  const step = 25;
  const rows = data.rollouts.map(([task, verdict, line, extracted, text, right]) => {
    const [family, level, prompt, answer] = data.tasks[task];
    const words = [family, prompt, answer, verdict, line, extracted || "", text].join("\n").toLowerCase();
    return { family, level: String(level), prompt, answer, verdict, line, extracted, text, right, words };
  });
  let found = rows, shown = 0;

  const made = (tag, text, kind) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const quoted = (name, text, kind) => {
    const block = made("pre", text, "words " + (kind || ""));
    block.tabIndex = 0;
    return [made("span", name, "soft"), block];
  };
  const opened = (row) => [
    ...quoted("prompt", row.prompt),
    ...quoted("response", row.text, row.right ? "right" : "wrong"),
    ...quoted("read as its answer", row.extracted === null ? "(nothing)" : row.extracted),
    ...quoted("a right answer", row.answer),
  ];
  const line = (row) => {
    const details = made("details"), summary = made("summary");
    summary.append(made("b", row.verdict, row.right ? "good" : "bad"), " " + row.family + (row.level === "0" ? "" : " " + row.level) + " ", made("span", row.line, "soft"));
    details.append(summary);
    details.addEventListener("toggle", () => { if (details.childElementCount === 1) details.append(...opened(row)); });
    return details;
  };
  const more = () => {
    byId("list").append(...found.slice(shown, shown + step).map(line));
    shown = Math.min(found.length, shown + step);
    byId("more").hidden = shown >= found.length;
  };
  const search = () => {
    const wanted = byId("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const is = (name, value) => !byId(name).value || byId(name).value === value;
    found = rows.filter((row) => is("family", row.family) && is("level", row.level) && is("verdict", row.verdict) && wanted.every((word) => row.words.includes(word)));
    byId("count").textContent = found.length + " of " + rows.length + " rollouts";
    byId("list").replaceChildren();
    shown = 0;
    more();
  };
  for (const name of ["text", "family", "level", "verdict"]) byId(name).addEventListener("input", search);
  byId("more").addEventListener("click", more);
  search();
})();
