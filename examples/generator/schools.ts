import { instant, random, seconds, upTo } from './random.ts'
import type { Row } from './write.ts'
import * as words from './words.ts'

const counts = { schools: 1687, courses: 30418 }

export const sites: Row[] = [{ id: 1, domain_name: 'notes.example.com', name: 'Notes', launched_on: '2010-08-16' }]

export const states: Row[] = words.states.map((state) => ({ code: state.slice(0, 2), name: state.slice(3) }))

export const subjects: Row[] = words.subjects.map((subject, index) => (
  { id: index + 1, code: subject.slice(0, 3), name: subject.slice(4) }))

/** Every hundredth school is abroad and has no state; some more have no city, or nobody knows who runs them. */
export function schools(): Row[] {
  const dice = random('school')
  return upTo(counts.schools).map((id) => {
    const place = dice.pick(words.placeStarts) + dice.pick(words.placeEnds)
    const name = dice.pick(words.schoolNames).replace('#', place)
    const state = dice.pick(words.states).slice(0, 2)
    const isPublic = dice.chance(60)
    const hasCity = dice.chance(97)
    if (id % 100 === 0) {
      const [abroad, city] = dice.pick(words.schoolsAbroad)
      return { id, name: abroad, city, state_code: null, is_public: null }
    }
    return { id, name, city: hasCity ? place : null, state_code: state, is_public: id % 50 === 0 ? null : isPublic }
  })
}

/** A few courses name a school that was deleted, or none at all; some titles are missing, empty or hard to read. */
export function courses(): Row[] {
  const dice = random('course')
  const firstDay = seconds('1998-01-12 00:00:00')
  return upTo(counts.courses).map((id) => {
    const subject = dice.int(1, subjects.length)
    const title = dice.pick(words.courseTitles).replace('#', String(subjects[subject - 1]?.['name']))
    const school = dice.int(1, counts.schools)
    return {
      id,
      school_id: id % 4001 === 0 ? null : id % 1999 === 0 ? 90000 + dice.int(1, 9) : school,
      subject_id: subject,
      number: `${dice.int(1, 6)}${String(dice.int(0, 99)).padStart(2, '0')}${dice.chance(6) ? 'L' : ''}`,
      title: id % 997 === 0 ? null : id % 1499 === 0 ? '' : id % 401 === 0 ? dice.pick(words.hardTexts) : title,
      credits: dice.chance(4) ? null : dice.pick(['1.0', '1.5', '2.0', '3.0', '3.0', '3.0', '4.0', '4.0']),
      first_taught: dice.chance(10) ? null : instant(firstDay + 7 * 86400 * dice.int(0, 900)).slice(0, 10),
    }
  })
}
