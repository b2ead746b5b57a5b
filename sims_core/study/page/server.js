// Where answers go: null keeps them in this browser until the rater downloads them; `sims study serve` says otherwise.
window.SERVER = null;
