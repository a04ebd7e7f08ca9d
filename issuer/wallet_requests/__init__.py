"""What wallets are asked to show, and what they may fetch: questions that live for minutes."""
