"use strict";
// One comparison, as a plugin of jsPsych: two pictures on one canvas, without limit or for a number of frames.
// Both are decoded before the trial begins. A canvas shows all that is drawn within one frame at once, so both pictures
// appear and go in the same frame.

const GAP_PX = 16;
const MAX_SCALE = 3;
const NARROW_PX = 640;
const MASK_BLOCKS = [32, 16];
const FIXATION_MS = 600;

const bitmaps = new Map();

// Returns the decoded picture of a name; it is decoded once while it is needed.
function decoded(name) {
  if (!bitmaps.has(name)) {
    const image = new Image();
    image.src = `pictures/${name}`;
    bitmaps.set(name, image.decode().then(() => createImageBitmap(image)));
  }
  return bitmaps.get(name);
}

function prepare(trial) {
  return Promise.all([trial.left, trial.right, trial.layout].map((name) => (name === null ? null : decoded(name))));
}

function forgetAllBut(names) {
  for (const name of [...bitmaps.keys()]) if (!names.has(name)) bitmaps.delete(name);
}

function nextFrame() {
  return new Promise((done) => requestAnimationFrame(done));
}

// Returns the median time between two frames in ms.
async function measureFrame(numFrames = 40) {
  const times = [];
  for (let i = 0; i <= numFrames; i++) times.push(await nextFrame());
  const steps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
  return steps[steps.length >> 1];
}

class Board {
  constructor(canvas, pictures, frame) {
    this.canvas = canvas;
    [this.left, this.right, this.layout] = pictures;
    this.frame = frame;
    this.mask = noise();
    this.arrange();
  }

  // Places the pictures side by side, or one above the other where the window is narrow; the layout comes first.
  arrange() {
    const [width, height] = this.frame;
    const stacked = innerWidth < NARROW_PX;
    const columns = stacked ? 1 : 2;
    const rows = (stacked ? 2 : 1) + (this.layout ? 1 : 0);
    const roomX = innerWidth - 24 - (columns - 1) * GAP_PX;
    const roomY = Math.max(120, innerHeight - 200 - (rows - 1) * GAP_PX);
    const scale = Math.min(roomX / columns / width, roomY / rows / height, MAX_SCALE);
    const [w, h] = [Math.floor(width * scale), Math.floor(height * scale)];
    const total = [columns * w + (columns - 1) * GAP_PX, rows * h + (rows - 1) * GAP_PX];
    const top = this.layout ? h + GAP_PX : 0;
    this.stacked = stacked;
    this.boxes = {
      layout: [(total[0] - w) / 2, 0, w, h],
      left: [0, top, w, h],
      right: stacked ? [0, top + h + GAP_PX, w, h] : [w + GAP_PX, top, w, h],
    };
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(total[0] * density);
    this.canvas.height = Math.round(total[1] * density);
    this.canvas.style.width = `${total[0]}px`;
    this.canvas.style.height = `${total[1]}px`;
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(density, 0, 0, density, 0, 0);
    this.context.imageSmoothingQuality = "high";
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.layout) this.context.drawImage(this.layout, ...this.boxes.layout);
  }

  drawPictures() {
    this.clear();
    this.context.drawImage(this.left, ...this.boxes.left);
    this.context.drawImage(this.right, ...this.boxes.right);
  }

  drawMask() {
    this.clear();
    this.context.imageSmoothingEnabled = false;
    for (const side of ["left", "right"]) this.context.drawImage(this.mask, ...this.boxes[side]);
    this.context.imageSmoothingEnabled = true;
  }

  drawCross() {
    this.clear();
    const [a, b] = [this.boxes.left, this.boxes.right];
    const x = (a[0] + b[0] + b[2]) / 2, y = (a[1] + b[1] + b[3]) / 2;
    this.context.fillStyle = "#fff";
    this.context.fillRect(x - 12, y - 1.5, 24, 3);
    this.context.fillRect(x - 1.5, y - 12, 3, 24);
  }

  // Returns on which picture a point of the window lies, null where on none.
  sideAt(x, y) {
    const corner = this.canvas.getBoundingClientRect();
    return ["left", "right"].find((side) => {
      const [left, top, w, h] = this.boxes[side];
      return x - corner.left >= left && x - corner.left < left + w && y - corner.top >= top && y - corner.top < top + h;
    }) || null;
  }
}

// Blocks of random colours, as many for every picture: they cover what the eye still sees.
function noise() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = MASK_BLOCKS;
  const context = canvas.getContext("2d");
  const data = context.createImageData(...MASK_BLOCKS);
  for (let i = 0; i < data.data.length; i++) data.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
  context.putImageData(data, 0, 0);
  return canvas;
}

// Shows the pictures for the number of frames nearest to a time, then the mask; returns what the clock of the frames
// says: how long they were shown, and how many frames were left out meanwhile.
async function expose(board, exposure_ms, frame_ms) {
  let last = await nextFrame();
  const start = last;
  board.drawPictures();
  let dropped = 0;
  for (;;) {
    const now = await nextFrame();
    dropped += Math.max(0, Math.round((now - last) / frame_ms) - 1);
    last = now;
    if (now - start >= exposure_ms - frame_ms / 2) break;
  }
  board.drawMask();
  return { measured_ms: last - start, dropped_frames: dropped };
}

class PairPlugin {
  static info = {
    name: "sims-pair",
    version: "1.0.0",
    parameters: {
      shown: { type: jsPsychModule.ParameterType.OBJECT },
      question: { type: jsPsychModule.ParameterType.STRING },
      frame: { type: jsPsychModule.ParameterType.INT, array: true },
      place: { type: jsPsychModule.ParameterType.STRING },
      share: { type: jsPsychModule.ParameterType.FLOAT },
      clock: { type: jsPsychModule.ParameterType.OBJECT },
      save: { type: jsPsychModule.ParameterType.FUNCTION },
    },
    data: { trial: { type: jsPsychModule.ParameterType.STRING } },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  trial(element, trial) {
    this.run(element, trial).catch((error) => {
      element.innerHTML = `<p class="note" role="alert"></p>`;
      element.firstChild.textContent = error instanceof StudyError ? error.message : `A picture could not be shown: ${error.message}. Please load the page again.`;
    });
  }

  async run(element, trial) {
    const { shown } = trial;
    element.innerHTML = `<div class="progress"><i style="width:${100 * trial.share}%"></i></div><p class="question"></p>
      <canvas class="pictures" role="img" aria-label="The pictures to compare"></canvas>
      <div class="choices"><button data-side="left" disabled></button><button data-side="right" disabled></button></div>
      <p class="count"></p>`;
    element.querySelector(".question").textContent = trial.question;
    element.querySelector(".count").textContent = trial.place;
    const buttons = [...element.querySelectorAll("button")];
    const board = new Board(element.querySelector("canvas"), await prepare(shown), trial.frame);
    const label = () => {
      const texts = board.stacked ? ["<kbd>↑</kbd>Upper", "Lower<kbd>↓</kbd>"] : ["<kbd>←</kbd>Left", "Right<kbd>→</kbd>"];
      buttons.forEach((button, i) => (button.innerHTML = texts[i]));
    };
    label();
    let draw = () => board.drawPictures();
    const resized = () => { board.arrange(); label(); draw(); };
    addEventListener("resize", resized);
    let exposure = {};
    if (shown.exposure_ms === null) {
      await nextFrame();
      draw();
    } else {
      draw = () => board.drawCross();
      draw();
      await new Promise((done) => setTimeout(done, FIXATION_MS));
      draw = () => board.drawMask();
      const frame_ms = trial.clock.frame_ms;
      exposure = { ...(await expose(board, shown.exposure_ms, frame_ms)), exposure_ms: shown.exposure_ms, refresh_hz: 1000 / frame_ms };
    }
    buttons.forEach((button) => (button.disabled = false));
    const choice = await chosen(board, buttons);
    removeEventListener("resize", resized);
    buttons.forEach((button) => (button.disabled = true));
    await trial.save({ trial: shown.id, ...choice, ...exposure });
    this.jsPsych.finishTrial({ trial: shown.id });
  }
}

// Waits for a key, a button or a touch of a picture.
function chosen(board, buttons) {
  const start = performance.now();
  return new Promise((done) => {
    const stop = new AbortController();
    const take = (chosen, input) => {
      stop.abort();
      done({ chosen, response_ms: performance.now() - start, input });
    };
    const keys = { ArrowLeft: "left", ArrowUp: "left", f: "left", ArrowRight: "right", ArrowDown: "right", j: "right" };
    addEventListener("keydown", (event) => {
      const side = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!side || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      take(side, "key");
    }, { signal: stop.signal });
    board.canvas.addEventListener("click", (event) => {
      const side = board.sideAt(event.clientX, event.clientY);
      if (side) take(side, "pointer");
    }, { signal: stop.signal });
    for (const button of buttons) button.addEventListener("click", () => take(button.dataset.side, "button"), { signal: stop.signal });
  });
}
