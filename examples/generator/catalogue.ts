import { students } from './people.ts'
import { instant, money, random, seconds, upTo } from './random.ts'
import type { Row } from './write.ts'
import * as words from './words.ts'

const counts = { products: 912, drafts: 62, uploads: 1207, reviews: 900 }
const [opening, closing] = [seconds('2010-08-20 00:00:00'), seconds('2017-12-20 00:00:00')]

export const kinds: Row[] = words.kinds.map((name, index) => ({ id: index + 1, name }))

/** Every fourteenth product or so is a draft, which no dimension knows. */
function isDraft(id: number): boolean {
  return id % 14 === 0 && id / 14 <= counts.drafts
}

export function products(courses: readonly Row[]): Row[] {
  const dice = random('catalogue_product')
  return upTo(counts.products).map((id) => {
    const course = dice.int(1, courses.length)
    const title = dice.pick(words.productTitles).replace('#', String(courses[course - 1]?.['title'] || 'Notes'))
    return {
      id,
      seller_id: dice.int(1, 90),
      course_id: id % 31 === 0 ? null : id % 83 === 0 ? 99000 + id : course,
      kind_id: dice.int(1, kinds.length),
      title: hardTitle(id) ?? title,
      description: id % 4 === 0 ? null : id % 21 === 0 ? '' : id % 9 === 0 ? dice.pick(words.hardTexts) : 'Typed, with diagrams.',
      list_price: money(id % 17 === 0 ? 0 : dice.int(99, 4999)),
      page_count: dice.chance(7) ? null : dice.int(1, 240),
      is_draft: isDraft(id),
      created_at: instant(opening + Math.floor((closing - opening) / counts.products) * id + dice.int(0, 86399)),
    }
  })
}

/** Every hard text is some product's title; the longest title fills its column with characters of four bytes. */
function hardTitle(id: number): string | undefined {
  if (id === 5) return '📝'.repeat(120)
  return id % 20 === 1 ? words.hardTexts[(id - 1) / 20] : undefined
}

/** The first upload of each product and some newer ones; a few are of drafts and of products that are gone. */
export function uploads(): Row[] {
  const dice = random('note_upload')
  const published = upTo(counts.products).filter((id) => !isDraft(id))
  return upTo(counts.uploads).map((id) => {
    const lost = id % 172 === 0
    const product = lost ? (id % 344 === 0 ? 14 * dice.int(1, counts.drafts) : 5000 + id) : published[id - 1] ?? dice.pick(published)
    const at = opening + Math.floor((closing - opening) / counts.uploads) * id + dice.int(0, 86399)
    return {
      id,
      product_id: product,
      uploader_id: lost ? 1 : id % 101 === 0 ? null : id % 137 === 0 ? 9000 + id : dice.int(1, 90),
      course_id: lost ? 1 : id % 43 === 0 ? null : id % 211 === 0 ? 99000 : dice.int(1, 30418),
      disability_program_id: lost || dice.chance(88) ? 1 : id % 5 === 0 ? 7 : null,
      file_name: id % 53 === 0 ? dice.pick(words.hardTexts) : `notes-${id}.pdf`,
      page_count: dice.int(1, 240),
      byte_count: id === 404 ? 5_000_000_000 : dice.int(10_000, 60_000_000),
      uploaded_at: !lost && id % 241 === 0 ? null : instant(at),
    }
  })
}

export function reviews(): Row[] {
  const dice = random('product_review')
  return upTo(counts.reviews).map((id) => ({
    id,
    product_id: id % 89 === 0 ? 5000 + id : dice.int(1, counts.products),
    reviewer_id: id % 71 === 0 ? null : dice.int(1, students),
    stars: dice.pick([1, 2, 3, 4, 4, 5, 5, 5]),
    body: id % 3 === 0 ? null : id % 10 === 0 ? dice.pick(words.hardTexts) : 'Clear and complete.',
    reviewed_at: instant(dice.int(seconds('2011-06-01 00:00:00'), seconds('2017-12-30 23:59:59'))),
  }))
}
