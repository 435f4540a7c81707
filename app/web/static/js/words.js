// Numbers and places as people read them. `app/web/words.py` says the same on the server.

const ENDINGS = ["th", "st", "nd", "rd"];
const REGIONAL_A = 0x1f1e6;

/** 1st, 2nd, 3rd, 4th, 11th, 1,021st. */
export function ordinal(number) {
  const isTeen = number % 100 > 10 && number % 100 < 14;
  return thousands(number) + ((isTeen ? null : ENDINGS[number % 10]) ?? "th");
}

/** 1,234,567. */
export function thousands(number) {
  return number.toLocaleString("en-US");
}

/** The flag of a country of two letters; nothing for whatever is none. */
export function flag(country) {
  if (!/^[a-z]{2}$/i.test(country ?? "")) return "";
  const letters = [...country.toLowerCase()].map((letter) => letter.charCodeAt(0) - "a".charCodeAt(0));
  return String.fromCodePoint(...letters.map((place) => REGIONAL_A + place));
}

/** How long something takes still: 3 d 4 h, 5 h 7 min, 12:09. */
export function remaining(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours >= 1) return `${hours} h ${minutes % 60} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}
