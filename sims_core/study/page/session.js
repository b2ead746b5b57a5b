"use strict";
// A rater's session: consent, instructions, the blocks of this rater's sheet without what was answered before, the end.

const PREPARED_AHEAD = 3;

(async () => {
  const study = window.STUDY;
  document.title = study.title;
  const element = document.getElementById("study");
  try {
    const address = new URLSearchParams(location.search);
    const recorder = window.SERVER ? new ServerRecorder(study, address, window.SERVER) : new LocalRecorder(study, address);
    const answered = await recorder.open();
    const sheet = await loadSheet(recorder.sheet);
    await run(study, sheet, answered, recorder, element);
  } catch (error) {
    element.innerHTML = `<p class="note" role="alert"></p>`;
    element.firstChild.textContent = error instanceof StudyError ? error.message : `This study cannot be shown: ${error.message}`;
  }
})();

function loadSheet(number) {
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = `sheets/${String(number).padStart(4, "0")}.js`;
    script.onload = () => done(window.SHEET);
    script.onerror = () => fail(new StudyError("A file of this study is missing. Please tell the person who sent you this page."));
    document.head.append(script);
  });
}

function page(html, choices) {
  return {
    type: jsPsychHtmlButtonResponse,
    stimulus: `<div class="text">${html}</div>`,
    choices,
    button_html: (choice, index) => `<button class="${index ? "second" : ""}">${choice}</button>`,
    // Enter goes on; only to agree takes a deliberate step.
    on_load: () => { if (choices.length === 1) focusButton(); },
  };
}

async function run(study, sheet, answered, recorder, element) {
  element.textContent = "";
  const jsPsych = initJsPsych({ display_element: element });
  const total = sheet.trials.length;
  const waiting = sheet.trials.filter((trial) => !answered.has(trial.id));
  const timeline = answered.size === 0 ? introduction(jsPsych, study) : [];
  const clock = { frame_ms: 0 };
  let block = null;
  waiting.forEach((shown, index) => {
    if (shown.block !== block) {
      block = shown.block;
      timeline.push(blockPage(study, shown, clock));
    }
    timeline.push({
      type: PairPlugin,
      shown,
      question: study.questions[shown.block],
      frame: study.frame,
      clock,
      place: `${total - waiting.length + index + 1} of ${total}`,
      share: (total - waiting.length + index) / total,
      save: (answer) => recorder.save(answer),
      on_start: () => {
        const ahead = waiting.slice(index, index + PREPARED_AHEAD);
        forgetAllBut(new Set(ahead.flatMap((trial) => [trial.left, trial.right, trial.layout])));
        ahead.forEach((trial) => prepare(trial).catch(() => {}));
      },
    });
  });
  if (timeline.length) await jsPsych.run(timeline);
  if (jsPsych.declined) element.innerHTML = `<p class="note">Thank you. Nothing was kept. You may close this page.</p>`;
  else end(recorder, element);
}

function focusButton() {
  document.querySelector("#study button").focus();
}

function introduction(jsPsych, study) {
  const [consent, ...others] = study.pages;
  const agree = {
    ...page(consent, ["I agree", "I do not agree"]),
    on_finish: (data) => {
      if (data.response === 1) {
        jsPsych.declined = true;
        jsPsych.abortExperiment("");
      }
    },
  };
  return [agree, ...others.map((html) => page(html, ["Continue"]))];
}

function blockPage(study, shown, clock) {
  const brief = shown.exposure_ms !== null;
  const hint = brief ? "Each pair is shown for a moment and then covered. Look at the cross in the middle." : "Take as long as you like.";
  return {
    ...page(`<h1>${study.questions[shown.block]}</h1><p>${hint}</p>`, ["Start"]),
    // While this page stands still, the frames of the screen are counted.
    on_load: async () => {
      if (brief) {
        const button = document.querySelector("#study button");
        button.disabled = true;
        clock.frame_ms = await measureFrame();
        button.disabled = false;
      }
      focusButton();
    },
  };
}

function end(recorder, element) {
  if (!recorder.download) {
    element.innerHTML = `<p class="note"><b>Thank you!</b> All your answers have arrived. You may close this page.</p>`;
    return;
  }
  element.innerHTML = `<div class="note"><p><b>Thank you!</b> Your answers were saved as a file, in your downloads.
    Please send it to the person who gave you this page.</p><div class="end"><button>Save it again</button></div></div>`;
  element.querySelector("button").addEventListener("click", () => recorder.download());
  recorder.download();
}
