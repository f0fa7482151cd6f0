package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// budgetLine is what is left of one budget, as -json prints it.
type budgetLine struct {
	Name    string `json:"name"`
	Of      string `json:"of,omitempty"`
	Left    int    `json:"left"`
	Size    int    `json:"size"`
	Seconds int    `json:"seconds,omitempty"` // in which all come back; absent: time brings none back
	What    string `json:"what"`
}

// showBudgets tells what is left of the budgets of an account and of its addresses.
func showBudgets(ctx context.Context, a *sallyport.Admin, args showArguments, emit emitter) error {
	u, err := findUser(ctx, a, args)
	if err != nil {
		return err
	}
	list, err := a.Budgets(ctx, sallyport.BudgetsOf{Account: u.ID})
	if err != nil {
		return err
	}
	for _, b := range list {
		line := budgetLine{Name: b.Name, Of: b.Of, Left: b.Left, Size: b.Size, Seconds: int(b.Period / time.Second), What: b.What}
		if err := emit(line); err != nil {
			return err
		}
	}
	return nil
}

// printBudget prints what is left of one budget on one line.
func printBudget(to io.Writer, b budgetLine) error {
	name := b.Name
	if b.Of != "" {
		name += " (" + shown(b.Of) + ")"
	}
	_, err := fmt.Fprintf(to, "%4d of %-4d %s\n", b.Left, b.Size, name)
	return err
}
