/** The longest table name: staging suffixes need the rest, on every database. */
const TABLE_CHARACTERS = 48
/** The longest column name in bytes: PostgreSQL cuts longer ones without a word. */
const COLUMN_BYTES = 63

const PLAIN = /^[\p{L}\p{N}_$][\p{L}\p{M}\p{N}_$]*$/u
// Letters to Unicode and blanks to the eye, such as U+3164: two names would look the same.
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u

/** Names that every object has, whatever is in it: no driver gives a column of such a name as it is. */
const OF_OBJECTS = ['__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__']

/** Why this can't be the name of a column, or undefined if it can. */
export function columnNameProblem(name: string): string | undefined {
  if (OF_OBJECTS.includes(name)) return 'every object of JavaScript has it, and no row can hold it'
  return storedNameProblem(name)
}

function storedNameProblem(name: string): string | undefined {
  const bytes = new TextEncoder().encode(name).length
  return nameProblem(name) ?? (bytes > COLUMN_BYTES ? `it has ${bytes} bytes, and ${COLUMN_BYTES} is the most` : undefined)
}

/** Why this can't be the name of a table, or undefined if it can. */
export function tableNameProblem(name: string): string | undefined {
  const characters = Array.from(name).length
  if (characters > TABLE_CHARACTERS) return `it has ${characters} characters, and ${TABLE_CHARACTERS} is the most`
  const bytes = new TextEncoder().encode(name).length
  // PostgreSQL would cut the suffix of a staging table off, and take it for the live one.
  if (bytes > TABLE_CHARACTERS) return nameProblem(name) ?? `it has ${bytes} bytes, and ${TABLE_CHARACTERS} is the most`
  return storedNameProblem(name)
}

/** Two names that a database may take for one: letters' case makes no difference, nor how an accent is written. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty'
  // MySQL has no names beyond the first 65,536 characters.
  const wrong = Array.from(name).find((character) => character.length > 1 || INVISIBLE.test(character) || !/[\p{L}\p{M}\p{N}_$]/u.test(character))
  if (wrong !== undefined) return `it has ${shown(wrong)} in it, and only letters, digits, _ and $ are plain`
  return PLAIN.test(name) ? undefined : 'it begins with a mark that belongs to a letter before it'
}

function shown(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return /^[\x21-\x7E]$/.test(character) ? character : `U+${code}`
}
