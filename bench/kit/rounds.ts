/**
 * Gives every contestant its turn, round by round: A B C, A B C, … so that whatever else the machine does strikes all
 * alike, and a ratio is taken within a round. Gives back each one's measurements in the order of the rounds.
 */
export const inRounds = async <Contestant, Measurement>(
  contestants: ReadonlyArray<Contestant>,
  rounds: number,
  measure: (contestant: Contestant) => Promise<Measurement>
): Promise<ReadonlyMap<Contestant, ReadonlyArray<Measurement>>> => {
  const found = new Map<Contestant, Array<Measurement>>(contestants.map((contestant) => [contestant, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, measurements] of found) measurements.push(await measure(contestant))
  }
  return found
}
