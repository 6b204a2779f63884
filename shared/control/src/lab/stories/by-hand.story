# Nobody ticks, approves, reports or answers: that is left to you.
