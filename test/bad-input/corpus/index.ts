import { numbered } from './case.ts'
import { dates } from './dates.ts'
import { jsonNumbers, numbers } from './numbers.ts'
import { texts } from './texts.ts'
import { booleans, documents, enums, nullSpellings } from './words.ts'

export const CASES = numbered({
  numbers, 'numbers in JSON': jsonNumbers, dates, texts, booleans, enums, 'spellings of NULL': nullSpellings, documents,
})
