/**
 * Waits for it, and errors where that takes longer than so many seconds.
 *
 * The clock starts before the work does: where a driver has the same deadline, ours is due first, and the words of the error
 * don't hang on which of two timers a busy process comes to.
 */
export async function answerWithin<T>(seconds: number, begin: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([late, begin()])
  } finally {
    clearTimeout(timer)
  }
}
