/** So many at a time: a statement holds no more values than its database takes, and is read in a moment. */
const LOT = 500

/** Does a piece of work on each so many of a list, in turn. */
export async function inLots<T>(all: readonly T[], work: (lot: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += LOT) await work(all.slice(from, from + LOT))
}
