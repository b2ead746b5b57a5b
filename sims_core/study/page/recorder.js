"use strict";
// Who the rater is, and what becomes of the answers: kept in this browser and downloaded at the end, or sent to the
// server, which has each of them on its disk before the next pair is shown.

const SAFE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

class StudyError extends Error {}

class LocalRecorder {
  constructor(study, address) {
    this.study = study;
    const asked = address.get("rater");
    if (asked !== null && !SAFE_NAME.test(asked)) throw new StudyError("The address names no rater: letters and digits are expected after rater=.");
    const idKey = `sims-study-${study.id}-rater`;
    this.rater = asked || this.read(idKey) || randomName();
    this.idKey = idKey;
    this.answersKey = `sims-study-${study.id}-answers-${this.rater}`;
    this.lines = (this.read(this.answersKey) || "").split("\n").filter((line) => line);
    const sheet = address.get("sheet");
    this.sheet = sheet === null ? spread(this.rater, study.numSheets) : Number(sheet);
    if (!Number.isInteger(this.sheet) || this.sheet < 0 || this.sheet >= study.numSheets) throw new StudyError(`The address names no sheet: a number from 0 to ${study.numSheets - 1} is expected after sheet=.`);
  }

  async open() {
    return new Set(this.lines.map((line) => JSON.parse(line).trial));
  }

  async save(answer) {
    this.write(this.idKey, this.rater);
    this.lines.push(JSON.stringify({ study: this.study.id, rater: this.rater, ...answer }));
    this.write(this.answersKey, this.lines.join("\n"));
  }

  download() {
    const file = new Blob([this.lines.join("\n") + "\n"], { type: "application/jsonl" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `answers-${this.rater}.jsonl`;
    link.click();
  }

  // A browser may forbid storage: the study runs, but a reload begins anew.
  read(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  }

  write(key, value) {
    try { localStorage.setItem(key, value); } catch { /* see above */ }
  }
}

class ServerRecorder {
  constructor(study, address, server) {
    this.study = study;
    this.server = server;
    this.token = address.get("rater") || "";
  }

  async open() {
    const state = await this.ask({ method: "GET" });
    if (state.study !== this.study.id) throw new StudyError("This page belongs to another study than its server. Please load it again.");
    this.sheet = state.sheet;
    return new Set(state.answered);
  }

  async save(answer) {
    await this.ask({ method: "POST", body: JSON.stringify(answer) });
  }

  // Asks until there is an answer: the server may be started again meanwhile, and takes each answer once.
  async ask(request) {
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" };
    for (let pause_ms = 250; ; pause_ms = Math.min(2 * pause_ms, 4000)) {
      try {
        const response = await fetch(this.server, { ...request, headers, cache: "no-store" });
        if (response.ok) {
          notice("");
          return await response.json();
        }
        if (response.status !== 429 && response.status < 500) throw new StudyError((await response.json()).detail);
      } catch (error) {
        if (error instanceof StudyError) throw error;
      }
      notice("The server does not answer. Nothing is lost, trying again …");
      await new Promise((done) => setTimeout(done, pause_ms));
    }
  }
}

function notice(text) {
  let element = document.querySelector(".saving");
  if (!text) return element && element.remove();
  if (!element) {
    element = document.createElement("div");
    element.className = "saving";
    element.setAttribute("role", "status");
    document.body.append(element);
  }
  element.textContent = text;
}

function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The FNV-1a hash of a name, modulo a count: the same rater gets the same sheet again.
function spread(name, count) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return hash % count;
}
