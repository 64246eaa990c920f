import { instant, random, seconds, upTo } from './random.ts'
import type { Row } from './write.ts'
import * as words from './words.ts'

/** Users 1 through 279 are students; the staff after them belong to no dimension. */
export const students = 279
const staff = 3

/** Names of one letter's difference, or none but for case and accents, are different users. */
const closeNames = ['zoe', 'Zoe', 'zoé', 'ZOE', 'null', 'NULL']

export function users(): Row[] {
  const dice = random('auth_user')
  const opening = seconds('2010-08-16 14:00:00')
  return upTo(students + staff).map((id) => {
    const first = dice.pick(words.firstNames)
    const last = dice.pick(words.lastNames)
    const username = id % 45 === 0 ? closeNames[id / 45 - 1] ?? '' : `${first.toLowerCase()}${id}`
    return {
      id,
      username,
      first_name: id === 17 ? '😀' : id === 18 ? ' Ann ' : first,
      last_name: id === 19 ? 'NULL' : id === 20 ? '\\N' : id === 21 ? '' : id % 61 === 0 ? null : last,
      email: id % 13 === 0 ? null : id % 37 === 0 ? '' : `student${id}@school.example.edu`,
      is_active: !dice.chance(8),
      is_staff: id > students,
      joined_at: instant(opening + id * 691200 + dice.int(0, 691199)),
    }
  })
}

/** Not everybody filled in a profile, and some did in part. */
export function profiles(): Row[] {
  const dice = random('user_profile')
  return upTo(students + staff).filter((id) => id % 19 !== 0).map((id) => ({
    user_id: id,
    school_id: id % 23 === 0 ? null : id % 97 === 0 ? 90001 : dice.int(1, 1687),
    standing: id % 11 === 0 ? null : dice.pick(words.standings),
    about: id % 3 === 0 ? null : id % 7 === 0 ? dice.pick(words.hardTexts) : id % 29 === 0 ? '' : 'Happy to help: ask me anything.',
  }))
}
