"use strict";
// What scripts add to pages that work without them.

// A copied or saved secret may be left behind; others are warned about.
const secret = document.querySelector("[data-unsaved]");
let kept = !secret;
function warn(event) { if (!kept) event.preventDefault(); }
if (secret) addEventListener("beforeunload", warn);

function say(text) {
  const place = document.querySelector("[data-said]");
  if (place) place.textContent = text;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select(); // no clipboard on this page: the person presses the keys
      return;
    }
    if ("keeps" in button.dataset) kept = true;
    say(button.dataset.copied);
  });
}
for (const link of document.querySelectorAll("[data-saved]")) {
  link.addEventListener("click", () => { kept = true; });
}

// Values that differ from the preset are marked while they are entered.
for (const box of document.querySelectorAll(".preset")) {
  const input = box.querySelector("[data-preset]");
  const boundless = box.querySelector("[name$='.boundless']");
  const now = () => {
    if (boundless && boundless.checked) return "";
    return input.type === "checkbox" ? (input.checked ? "on" : "") : input.value.trim();
  };
  box.addEventListener("input", () => {
    box.classList.toggle("changed", now() !== input.dataset.preset || (boundless && !boundless.checked && !input.value));
  });
}

// What was entered and not saved is not left behind unasked.
for (const form of document.querySelectorAll("[data-guard]")) {
  let dirty = "dirty" in form.dataset;
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
}

// Members of a queue are moved where they are: by their buttons, or dragged.
for (const box of document.querySelectorAll("[data-members]")) {
  const list = box.querySelector("ol"), status = box.querySelector("[role=status]");
  const rows = () => [...list.querySelectorAll("[data-member]")];
  const penalty = (row) => row.querySelector("[name='members.penalty']");
  // Whoever is moved past another penalty gets that one.
  const settle = (row) => {
    const all = rows(), at = all.indexOf(row), own = penalty(row);
    const before = all[at - 1], after = all[at + 1];
    if (before && Number(penalty(before).value) > Number(own.value)) own.value = penalty(before).value;
    if (after && Number(penalty(after).value) < Number(own.value)) own.value = penalty(after).value;
    const said = [row.querySelector(".called").textContent, at + 1, all.length];
    status.textContent = box.dataset.saidMoved.replace(/%[sd]/g, () => said.shift());
    own.dispatchEvent(new Event("input", { bubbles: true })); // it is not saved
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const [action] = button.value.split(" "), row = button.closest("li"), all = rows(), at = all.indexOf(row);
    if (action === "remove") return; // the server does it
    event.preventDefault();
    if (action === "up" && at > 0) all[at - 1].before(row);
    if (action === "down" && at < all.length - 1) all[at + 1].after(row);
    settle(row);
    button.focus();
  });
  for (const row of rows()) {
    const grip = row.querySelector(".grip");
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      row.classList.add("held");
    });
    grip.addEventListener("pointermove", (event) => {
      if (!row.classList.contains("held")) return;
      const below = rows().find((r) => r !== row && event.clientY < r.getBoundingClientRect().top + r.offsetHeight / 2);
      if (below) { if (row.nextElementSibling !== below) below.before(row); } else if (row.nextElementSibling) list.append(row);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      grip.addEventListener(end, () => {
        if (row.classList.contains("held")) settle(row);
        row.classList.remove("held");
      });
    }
  }
}

// A number that is entered takes the place of having no bound.
for (const box of document.querySelectorAll("form .number")) {
  const [input, tick] = box.querySelectorAll("input");
  input.addEventListener("input", () => { if (input.value) tick.checked = false; });
}

// What is under way, such as a deploy, is looked at until it ends.
async function follow(place) {
  if (place.dataset.state !== "pending") return;
  try {
    const answer = await fetch(place.dataset.follow);
    if (answer.ok && !answer.redirected) {
      const made = document.createElement("template");
      made.innerHTML = await answer.text();
      const next = made.content.querySelector("[data-follow]");
      if (next.textContent !== place.textContent) place.replaceWith(next);
      place = document.contains(next) ? next : place;
    }
  } catch { /* the server is away: look again */ }
  setTimeout(follow, 2000, place);
}
for (const place of document.querySelectorAll("[data-follow]")) setTimeout(follow, 1000, place);

// A search that has stopped before its page is full goes on by itself, one request at a
// time, until it is full or all is looked through, or somebody stops it.
for (const place of document.querySelectorAll("[data-full]")) {
  const status = place.querySelector("[role=status]"), stop = place.querySelector("[data-stop]");
  if (!status) continue; // it has not stopped
  const rows = () => place.querySelectorAll("tbody tr").length;
  const further = () => place.querySelector("[data-further]");
  const tell = (text) => { if (status.textContent !== text) status.textContent = text; };
  let running = null;
  const rest = () => {
    if (!running) return;
    running.abort();
    running = null;
    const asked = document.activeElement === stop;
    stop.hidden = true;
    if (further()) further().hidden = false;
    if (asked) (place.querySelector("a[rel=next]") || status).focus();
  };
  const take = (found) => {
    const here = place.querySelector("tbody"), more = found.querySelector("tbody");
    if (here && more) here.append(...more.rows); else if (more) place.prepend(found.querySelector("table"));
    const next = found.querySelector("a[rel=next]"), none = found.querySelector("[data-none]");
    const nav = further().parentElement;
    if (next) further().replaceWith(next); else further().remove();
    if (!nav.children.length) nav.remove();
    if (further()) { further().hidden = true; tell(found.querySelector("[role=status]").textContent); return; }
    tell(next ? place.dataset.saidFull : place.dataset.saidAll);
    if (none && !rows()) place.prepend(none);
  };
  const goOn = async () => {
    const mine = running = new AbortController();
    stop.hidden = false;
    if (document.activeElement === further()) stop.focus();
    further().hidden = true;
    try {
      while (further()) {
        const address = new URL(further().href);
        address.searchParams.set("rows", place.dataset.full - rows());
        const answer = await fetch(address, { signal: mine.signal });
        if (!answer.ok || answer.redirected) break;
        const made = document.createElement("template");
        made.innerHTML = await answer.text();
        if (running !== mine) return;
        take(made.content.querySelector("[data-full]"));
        if (further()) await new Promise((on) => setTimeout(on, 100)); // others want the server too
        if (running !== mine) return;
      }
    } catch { /* stopped, or the server is away */ }
    if (running === mine) rest();
  };
  stop.addEventListener("click", rest);
  place.addEventListener("click", (event) => {
    if (!event.target.closest("[data-further]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goOn();
  });
  for (const form of document.querySelectorAll("form.filter")) {
    for (const change of ["input", "submit"]) form.addEventListener(change, rest);
  }
  addEventListener("pagehide", rest);
  goOn();
}

const first = document.querySelector("[data-focus]");
if (first) first.focus();
