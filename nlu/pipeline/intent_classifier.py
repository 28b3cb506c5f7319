"""The head that gives every intent its probability, in context.

    P(i | x, c) = softmax(W3 · ReLU(W4 · [x_t ; c_t] + b3) + b4)

x_t [embedding size] is the encoded utterance, c_t [context size] the encoded dialogue context, W4 [hidden, x_t +
c_t] and b3 [hidden] the hidden layer, W3 [intents, hidden] and b4 [intents] the output layer.
"""

from __future__ import annotations

from torch import Tensor, nn

from nlu.pipeline.dropout import Dropout


class IntentClassifier(nn.Module):
    """The logits W3 · ReLU(W4 · [x_t ; c_t] + b3) + b4; the softmax belongs to calibration and to the loss."""

    def __init__(
        self, utterance_size: int, context_size: int, hidden_size: int, intents: int, dropout: float
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(utterance_size + context_size, hidden_size)
        self.output = nn.Linear(hidden_size, intents)
        self.dropout = Dropout(dropout)

    def forward(self, joined: Tensor) -> Tensor:
        """joined: [texts, x_t + c_t] -> logits [texts, intents]."""
        logits: Tensor = self.output(self.dropout(self.features(joined)))
        return logits

    def features(self, joined: Tensor) -> Tensor:
        """joined: [texts, x_t + c_t] -> what the output layer reads, [texts, hidden]."""
        hidden: Tensor = self.hidden(self.dropout(joined)).relu()
        return hidden
