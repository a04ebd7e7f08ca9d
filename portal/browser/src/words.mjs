/* What the check says, in the language of the page: sentences with {names} for the values in them. */

let known = {};

/** From now on `say` says these; `words` is from English to the page's language, and what it lacks is said in English. */
export function speak(words) {
  known = words;
}

/** The sentence with its values. */
export function say(text, values = {}) {
  return (known[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
